import type { PlacedArrow } from "./draw-layout.ts";
import { element, rounded } from "./draw-svg.ts";

const headLength = 8;
const headWidth = 8;

/** From box to box: straight through lanes, bent between columns. */
export function drawArrow({ points, implied }: PlacedArrow, colour: string): string {
  const end = points.at(-1);
  if (end === undefined) return "";
  const neck = { x: end.x - headLength, y: end.y };
  const line = element("path", {
    d: drawWay([...points.slice(0, -1), neck]),
    fill: "none",
    stroke: colour,
    "stroke-width": implied ? 1 : 1.6,
    ...(implied ? { "stroke-dasharray": "3 4" } : {}),
  });
  const corners = [end, { ...neck, y: neck.y - headWidth / 2 }, { ...neck, y: neck.y + headWidth / 2 }];
  return line + element("polygon", { fill: colour, points: corners.map(print).join(" ") });
}

type Point = PlacedArrow["points"][number];

function drawWay([start, ...others]: readonly Point[]): string {
  if (start === undefined) return "";
  let way = `M${print(start)}`;
  let before = start;
  for (const point of others) {
    if (point.y === before.y) way += `H${rounded(point.x)}`;
    else {
      const middle = (before.x + point.x) / 2;
      way += `C${print({ x: middle, y: before.y })} ${print({ x: middle, y: point.y })} ${print(point)}`;
    }
    before = point;
  }
  return way;
}

function print({ x, y }: Point): string {
  return `${rounded(x)} ${rounded(y)}`;
}
