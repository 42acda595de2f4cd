/** The box of one request: its subgraph and size above, a block for each list of representations below. */
import type { RequestDescription } from "./describe-request.ts";
import type { PlacedBox, Size } from "./draw-layout.ts";
import { drawText, element, escapeText, rounded, textWidth } from "./draw-svg.ts";

const padding = 12;
const headerHeight = 30;
const lineHeight = 17;
/** From the baseline of a text to the bottom of its line. */
const descent = 5;
const blockGap = 13;
const cornerRadius = 6;

const nothing: Size = { width: 0, height: 0 };

/** As large as what stands in it. */
export function boxSize(request: RequestDescription | undefined): Size {
  if (request === undefined) return nothing;
  const { subgraph, size, blocks } = request;
  const lines = blocks.flatMap((block) => block.lines);
  const head = textWidth(`${subgraph}   ${size}`);
  const longest = Math.max(head, ...lines.map(({ indent, text }) => textWidth(" ".repeat(indent) + text)));
  return {
    width: longest + 2 * padding,
    height: headerHeight + lines.length * lineHeight + (blocks.length - 1) * blockGap + 2 * padding,
  };
}

export function drawBox(
  { x, y, width, height }: PlacedBox,
  request: RequestDescription | undefined,
  colour: string,
): string {
  if (request === undefined) return "";
  const { subgraph, size, blocks } = request;
  const drawn = [
    element("rect", { class: "box", width, height, rx: cornerRadius }),
    element("path", { fill: colour, "fill-opacity": 0.16, d: headerShape(width) }),
    element("rect", { fill: colour, width: 4, height, rx: 2 }),
    drawText(subgraph, { x: padding, y: 20, className: "name" }),
    drawText(size, { x: width - padding - textWidth(size), y: 20, className: "dim" }),
  ];
  let bottom = headerHeight + padding;
  blocks.forEach(({ lines, full }, index) => {
    if (index > 0) {
      const y = bottom + blockGap / 2;
      drawn.push(element("line", { class: "rule", x1: padding, x2: width - padding, y1: y, y2: y }));
      bottom += blockGap;
    }
    const texts = lines.map(({ label, text, kind, indent }) => {
      bottom += lineHeight;
      const y = bottom - descent;
      const before = label === "" ? "" : drawText(label, { x: padding, y, className: kind === "name" ? kind : "dim" });
      return before + drawText(text, { x: padding + textWidth(" ".repeat(indent)), y, className: kind });
    });
    drawn.push(element("g", {}, element("title", {}, escapeText(full)) + texts.join("")));
  });
  return element("g", { transform: `translate(${rounded(x)} ${rounded(y)})` }, drawn.join(""));
}

function headerShape(width: number): string {
  const corner = `${cornerRadius} ${cornerRadius} 0 0 1 ${cornerRadius}`;
  return `M0 ${cornerRadius}a${corner}-${cornerRadius}H${rounded(width - cornerRadius)}a${corner} ${cornerRadius}V${headerHeight}H0Z`;
}
