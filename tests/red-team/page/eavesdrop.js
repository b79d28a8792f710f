// The attacker's first script where it wants the SDK's own worker and words: which workers the page starts, with what,
// and what it says to them.
{
  const captured = { workers: [], posted: [] };
  globalThis.captured = captured;
  const natives = [Worker, SharedWorker];
  for (const Native of natives) {
    globalThis[Native.name] = new Proxy(Native, {
      construct(target, given, newTarget) {
        const made = Reflect.construct(target, given, newTarget);
        captured.workers.push({ made, given });
        return made;
      },
    });
  }
  for (const { prototype } of [...natives.slice(0, 1), MessagePort]) {
    const { postMessage } = prototype;
    prototype.postMessage = function (message, ...rest) {
      captured.posted.push(message);
      return postMessage.call(this, message, ...rest);
    };
  }
}
