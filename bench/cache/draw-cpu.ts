/** CPU per request of contestants who took turns, as bars. */
import { drawBarChart } from "../bar-chart.ts";
import type { Figures } from "./take-turns.ts";

export interface CpuPanel {
  readonly title: string;
  readonly figures: readonly Figures[];
}

/** Each bar but the one of `base` with how many times that one it is. One SVG document. */
export function drawCpu(
  title: string,
  panels: readonly CpuPanel[],
  { ours, base }: { readonly ours: string; readonly base: string },
  footer: string,
): string {
  return drawBarChart({
    title,
    panels: panels.map(({ title: of, figures }) => {
      const one = figures.find(({ name }) => name === base)?.cpuMsPerRequest;
      return {
        title: of,
        bars: figures.map(({ name, cpuMsPerRequest }) => ({
          label: name,
          value: cpuMsPerRequest,
          highlighted: name === ours,
          ...(one === undefined || name === base ? {} : { note: `${(cpuMsPerRequest / one).toFixed(2)} ×` }),
        })),
      };
    }),
    footer,
  });
}
