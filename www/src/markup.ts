// Building elements by hand, always from text: nothing from a server is ever parsed as HTML.

/** The element with this id, which index.html is known to have. */
export function byId<Tag extends HTMLElement = HTMLElement>(id: string): Tag {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`index.html has no #${id}`);
  return element as Tag;
}

export function make(
  tag: string,
  attributes: Record<string, string> = {},
  ...children: (Node | string)[]
): HTMLElement {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

export function makeSvg(
  tag: string,
  attributes: Record<string, string> = {},
  ...children: Node[]
): SVGElement {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const ICONS = {
  arrow: "M3 8h9M8.5 4.5 12 8l-3.5 3.5",
  check: "M3.5 8.5 6.5 11.5 12.5 4.5",
  cross: "M4.5 4.5l7 7M11.5 4.5l-7 7",
  key: "M8 10.5a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0zM7.3 8.7 13 3M10.5 5.5l2 2",
  lock: "M4 7.5h8v6H4zM5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5",
  pause: "M6 4v8M10 4v8",
  plug: "M5.5 3v3M10.5 3v3M4 6h8v2a4 4 0 0 1-8 0zM8 12v2",
  repeat: "M3 8a5 5 0 0 1 8.5-3.5L13 6M13 3v3h-3M13 8a5 5 0 0 1-8.5 3.5L3 10M3 13v-3h3",
};
export type IconName = keyof typeof ICONS;

export function icon(name: IconName): SVGElement {
  return makeSvg(
    "svg",
    { viewBox: "0 0 16 16", "aria-hidden": "true" },
    makeSvg("path", {
      d: ICONS[name],
      fill: "none",
      stroke: "currentColor",
      "stroke-width": "1.6",
      "stroke-linecap": "round",
      "stroke-linejoin": "round",
    }),
  );
}

const CLOCK = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hour12: false,
});

export function clockTime(unixMs: number): string {
  return CLOCK.format(unixMs);
}

/** "1 call", "500 calls". */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${number.toLocaleString("en")} ${number === 1 ? noun : plural}`;
}

/** "840 ms", "1.2 s". */
export function duration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
