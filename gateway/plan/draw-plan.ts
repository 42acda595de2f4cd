/**
 * A plan and its schedule as a picture: waves from left to right, one box for each request, arrows from the requests whose
 * answers it needs; dashed where that answer is there anyway when the others are. In: plan and schedule. Out: the text of
 * an SVG document that needs nothing else and follows the reader's light or dark ground.
 *
 *   describe-request (what stands in a box) → draw-layout (where boxes and arrows are) → draw-box, draw-arrow → here
 */
import { describeRequest, type RequestDescription } from "./describe-request.ts";
import { drawArrow } from "./draw-arrow.ts";
import { boxSize, drawBox } from "./draw-box.ts";
import { type Layout, layOut } from "./draw-layout.ts";
import { drawText, element, escapeText, textWidth } from "./draw-svg.ts";
import { fetchesOf, type Plan } from "./plan.ts";
import type { Schedule } from "./schedule.ts";

const margin = 28;
const titleHeight = 74;
const waveHeight = 34;
const titleSize = 15;
const arrowMeaning = "dashed: has come by then anyway";

/** Tones that can be told apart on light and on dark ground; with more subgraphs they begin again. */
const palette = ["#2f81f7", "#d9822b", "#3fa45b", "#a371f7", "#d1547b", "#1f9ea8", "#b8922a", "#7d8590"];

const style = [
  "text{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace}",
  ".back{fill:#f6f8fa}.box{fill:#fff;stroke:#d0d7de}.rule{stroke:#d0d7de}",
  ".name{fill:#1f2328;font-weight:600}.line{fill:#1f2328}.dim{fill:#656d76}",
  "@media(prefers-color-scheme:dark){.back{fill:#0d1117}.box{fill:#161b22;stroke:#30363d}.rule{stroke:#30363d}",
  ".name,.line{fill:#e6edf3}.dim{fill:#8d96a0}}",
].join("");

/** The same plan always gives the same text; every request of the schedule is in it, with all its fetches. */
export function drawPlan(plan: Plan, schedule: Schedule): string {
  const { waves } = schedule;
  const requests = waves.flat().map(describeRequest);
  const colours = chooseColours(requests);
  let next = 0;
  const sizes = waves.map((wave) => wave.map(() => boxSize(requests[next++])));
  const layout = layOut(sizes, findNeeds(schedule));

  const title = plan.name === undefined ? plan.operation : `${plan.operation} ${plan.name}`;
  const summary = summarise(plan, schedule);
  const legend = layout.arrows.some(({ implied }) => implied) ? ` · ${arrowMeaning}` : "";
  const textEnd = Math.max(textWidth(title, titleSize), textWidth(summary + legend));
  const width = Math.ceil(Math.max(layout.width, textEnd) + 2 * margin);
  const top = titleHeight + (requests.length === 0 ? 0 : waveHeight);
  const height = Math.ceil(top + layout.height + (requests.length === 0 ? 0 : margin));
  const colourOf = (request: number): string => colours.get(requests[request]?.subgraph ?? "") ?? "";

  const parts = [
    element("title", {}, escapeText(`${title}: ${summary}`)),
    element("style", {}, style),
    element("rect", { class: "back", width, height, rx: 10 }),
    drawText(title, { x: margin, y: 36, className: "name", size: titleSize }),
    drawText(summary + legend, { x: margin, y: 58, className: "dim" }),
    element(
      "g",
      { transform: `translate(${margin} ${top})` },
      [
        ...drawColumns(layout),
        ...layout.arrows.map((arrow) => drawArrow(arrow, colourOf(arrow.from))),
        ...layout.boxes.map((place, index) => drawBox(place, requests[index], colourOf(index))),
      ].join("\n"),
    ),
  ];
  const attributes = { width, height, viewBox: `0 0 ${width} ${height}`, role: "img" };
  return `${element("svg", { xmlns: "http://www.w3.org/2000/svg", ...attributes }, `\n${parts.join("\n")}\n`)}\n`;
}

function summarise(plan: Plan, { waves }: Schedule): string {
  const sent = waves.flat().length;
  if (sent === 0) return "nothing to fetch";
  const planned = count(fetchesOf(plan.root).length, "request");
  return `planned as ${planned}, sent as ${count(sent, "request")} in ${count(waves.length, "wave")}`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

/** Which requests each request needs, numbered in reading order. */
function findNeeds({ waves }: Schedule): readonly (readonly number[])[] {
  const fetches = waves.flat().map(({ groups }) => groups.flatMap((group) => group.fetches));
  const requestByFetch = new Map(
    fetches.flatMap((ofRequest, request) => ofRequest.map(({ fetch }) => [fetch.id, request] as const)),
  );
  return fetches.map((ofRequest) => {
    const needed = ofRequest.flatMap(({ after }) => after.flatMap((id) => requestByFetch.get(id) ?? []));
    return [...new Set(needed)];
  });
}

function chooseColours(requests: readonly RequestDescription[]): ReadonlyMap<string, string> {
  const names = [...new Set(requests.map(({ subgraph }) => subgraph))];
  return new Map(names.map((name, index) => [name, palette[index % palette.length] ?? ""]));
}

function drawColumns({ columns }: Layout): readonly string[] {
  return columns.map(({ x, width }, index) => {
    const name = drawText(`wave ${index + 1}`, { x, y: 14 - waveHeight, className: "dim" });
    return name + element("line", { class: "rule", x1: x, x2: x + width, y1: 22 - waveHeight, y2: 22 - waveHeight });
  });
}
