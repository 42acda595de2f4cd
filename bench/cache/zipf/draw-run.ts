/** A run over its time: where look-ups were answered from, and how long older answers came after each change. */
import { escapeXml, footerText, frame, panelTitle } from "../../bar-chart.ts";
import { type LevelCounts, toShares } from "./level-counts.ts";
import type { ZipfOptions } from "./options.ts";
import type { Run } from "./run.ts";
import { stalenessGoalMs } from "./staleness-goal.ts";

const width = 760;
const left = 64;
const right = 20;
const across = width - left - right;
const panelHeight = 170;
const firstTop = 92;
const secondTop = firstTop + panelHeight + 98;
const height = secondTop + panelHeight + 64;

const bands = [
  { name: "whole answer, in the process", colour: "#2b6cb0", of: (share: LevelCounts) => share["whole answers"] },
  { name: "customer, in the process", colour: "#63b3ed", of: (share: LevelCounts) => share.process + share.joined },
  { name: "in Redis", colour: "#ed8936", of: (share: LevelCounts) => share.redis },
  { name: "product asked", colour: "#e2e8f0", of: (share: LevelCounts) => share.source },
] as const;

const dots = {
  event: { name: "ended by its event", colour: "#2b6cb0" },
  operator: { name: "ended by an operator", colour: "#dd6b20" },
} as const;

/** One SVG document. */
export function drawRun(run: Run, { seconds, rate, entities }: ZipfOptions, footer: string): string {
  const title = `${entities} customers on two gateways, Zipf, ${rate} operations a second`;
  const parts = [
    panelTitle("Share of look-ups from a cold start, by what answered them, %", firstTop - 40),
    legend(bands, firstTop - 20, "square"),
    ...drawShares(run, seconds),
    panelTitle("Each change, from its commit until the last older answer arrived, ms", secondTop - 40),
    legend(Object.values(dots), secondTop - 20, "dot"),
    ...drawStaleness(run, seconds),
    footerText(footer, height - 14),
  ];
  return frame(title, width, height, parts);
}

function drawShares({ samples }: Run, seconds: number): readonly string[] {
  const bottom = firstTop + panelHeight;
  const shown = samples.filter(({ levels }) => Object.values(levels).some((count) => count > 0));
  const shares = shown.map((sample, index) => ({
    from: toX(shown[index - 1]?.seconds ?? 0, seconds),
    to: toX(sample.seconds, seconds),
    levels: toShares(sample.levels),
  }));
  const areas = bands.map(({ colour, of }, band) => {
    const below = (levels: LevelCounts): number => bands.slice(0, band).reduce((sum, each) => sum + each.of(levels), 0);
    const toY = (share: number): string => (bottom - Math.min(1, share) * panelHeight).toFixed(1);
    const upper = shares.flatMap(({ from, to, levels }) => {
      const y = toY(below(levels) + of(levels));
      return [`${from},${y}`, `${to},${y}`];
    });
    const lower = shares.flatMap(({ from, to, levels }) => {
      const y = toY(below(levels));
      return [`${from},${y}`, `${to},${y}`];
    });
    return `<polygon points="${[...upper, ...lower.reverse()].join(" ")}" fill="${colour}"/>`;
  });
  return [
    ...areas,
    ...[0, 25, 50, 75, 100].map((share) => tickY(`${share}`, bottom - (share / 100) * panelHeight)),
    axisX(bottom, seconds),
  ];
}

function drawStaleness({ staleness, startedAt }: Run, seconds: number): readonly string[] {
  const bottom = secondTop + panelHeight;
  const most = Math.max(1.2 * stalenessGoalMs, ...staleness.map(({ sinceCommitMs }) => sinceCommitMs));
  const step = stepOf(most);
  const top = Math.ceil(most / step) * step;
  const toY = (ms: number): number => bottom - (ms / top) * panelHeight;
  const ticks = Array.from({ length: Math.round(top / step) + 1 }, (_, index) =>
    tickY(`${index * step}`, toY(index * step)),
  );
  const goal = toY(stalenessGoalMs);
  const marks = staleness.map(({ change, sinceCommitMs }) => {
    const x = toX((change.committedAt - startedAt) / 1_000, seconds);
    return `<circle cx="${x}" cy="${toY(sinceCommitMs).toFixed(1)}" r="3" fill="${dots[change.by].colour}" fill-opacity="0.7"/>`;
  });
  return [
    ...ticks,
    axisX(bottom, seconds),
    `<line x1="${left}" y1="${goal.toFixed(1)}" x2="${width - right}" y2="${goal.toFixed(1)}" stroke="#c53030" stroke-dasharray="5 4"/>`,
    `<text x="${width - right}" y="${(goal - 5).toFixed(1)}" font-size="11" text-anchor="end" fill="#c53030">goal for p99: below ${stalenessGoalMs} ms</text>`,
    ...marks,
  ];
}

/** 1, 2 or 5 with zeros, so that there are about five ticks. */
function stepOf(most: number): number {
  const rough = most / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((times) => times * power).find((step) => step >= rough) ?? rough;
}

/** What is committed after the load has ended is drawn at its end. */
function toX(second: number, seconds: number): string {
  return (left + Math.min(1, second / seconds) * across).toFixed(1);
}

function tickY(label: string, y: number): string {
  return `<line x1="${left}" y1="${y.toFixed(1)}" x2="${width - right}" y2="${y.toFixed(1)}" stroke="#cbd5e0" stroke-opacity="0.6"/>
<text x="${left - 8}" y="${(y + 4).toFixed(1)}" font-size="11" text-anchor="end" fill="#718096">${label}</text>`;
}

function axisX(bottom: number, seconds: number): string {
  const step = stepOf(seconds);
  const ticks = Array.from({ length: Math.floor(seconds / step) + 1 }, (_, index) => index * step);
  const labels = ticks.map(
    (second) =>
      `<text x="${toX(second, seconds)}" y="${bottom + 17}" font-size="11" text-anchor="middle" fill="#718096">${Number(second.toFixed(2))} s</text>`,
  );
  return labels.join("\n");
}

function legend(
  entries: readonly { readonly name: string; readonly colour: string }[],
  y: number,
  shape: "square" | "dot",
): string {
  let x = left;
  return entries
    .map(({ name, colour }) => {
      const mark =
        shape === "square"
          ? `<rect x="${x}" y="${y - 10}" width="11" height="11" rx="2" fill="${colour}"/>`
          : `<circle cx="${x + 5}" cy="${y - 4}" r="4" fill="${colour}"/>`;
      const text = `<text x="${x + 17}" y="${y}" font-size="12" fill="#2d3748">${escapeXml(name)}</text>`;
      x += 34 + name.length * 6.6;
      return `${mark}${text}`;
    })
    .join("\n");
}
