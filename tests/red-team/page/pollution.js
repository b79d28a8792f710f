// Puts every member of `redTeamPollution` on Object.prototype: whoever reads one is given the value, as of a plain
// pollution, and the object that it was read from is told to `redTeamReport`. Writing one makes a member of one's own.
{
  const report = globalThis.redTeamReport;
  const { stringify } = JSON;
  const { defineProperty } = Object;
  const members = globalThis.redTeamPollution;
  delete globalThis.redTeamPollution;
  let isBusy = false;
  const told = new Set();
  const tell = (value) => {
    if (isBusy) return;
    isBusy = true;
    try {
      const text = typeof value === "string" ? value : (stringify(value) ?? "");
      if (text.length >= 16 && !told.has(text)) {
        told.add(text);
        report(`trap\n${text}`);
      }
    } catch {
      // What cannot be read is passed over.
    } finally {
      isBusy = false;
    }
  };
  for (const name of Object.keys(members)) {
    const value = members[name];
    const trap = Object.create(null);
    trap.configurable = true;
    trap.get = function () {
      tell(this);
      return value;
    };
    trap.set = function (given) {
      tell(given);
      const own = Object.create(null);
      own.value = given;
      own.writable = own.enumerable = own.configurable = true;
      defineProperty(this, name, own);
    };
    defineProperty(Object.prototype, name, trap);
  }
}
