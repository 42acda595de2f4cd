/**
 * SVG as text. Texts are monospaced and drawn at a fixed width (`textLength`), so that each fits its place whatever font
 * the reader has.
 */

/** With its attributes in the order given, numbers to a tenth; without content it is empty. `content` is SVG already. */
export function element(name: string, attributes: Readonly<Record<string, string | number>>, content?: string): string {
  const written = Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${typeof value === "number" ? roundedShare(value) : escapeText(value)}"`)
    .join("");
  return content === undefined ? `<${name}${written}/>` : `<${name}${written}>${content}</${name}>`;
}

/** Text that XML 1.0 takes; what it cannot hold at all becomes U+FFFD. */
export function escapeText(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd");
}

const usualSize = 12;
/** Of one character, in ems: what monospaced fonts have. */
const advance = 0.6;

export function textWidth(text: string, size: number = usualSize): number {
  return text.length * advance * size;
}

/** Nothing for an empty text. */
export function drawText(
  text: string,
  place: { readonly x: number; readonly y: number; readonly className: string; readonly size?: number },
): string {
  if (text === "") return "";
  const { x, y, className, size = usualSize } = place;
  const sized = size === usualSize ? {} : { style: `font-size:${size}px` };
  const width = { textLength: rounded(textWidth(text, size)), lengthAdjust: "spacingAndGlyphs" };
  return element("text", { class: className, x, y, ...width, ...sized }, escapeText(text));
}

/** To a tenth of a pixel, so that the text stays short and the same on every machine. */
export function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

function roundedShare(value: number): number {
  return value > -1 && value < 1 ? value : rounded(value);
}
