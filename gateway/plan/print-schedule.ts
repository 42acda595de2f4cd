/** A schedule as stable text for people and tests. */
import { printFetch } from "./print-plan.ts";
import type { Schedule } from "./schedule.ts";

/** One line for each request, one further for each fetch joined to it; `=` marks fetches that share representations. */
export function printSchedule(schedule: Schedule): string {
  return schedule.waves
    .map((wave, index) => {
      const requests = wave.map((request) => {
        const fetches = request.groups.flatMap((group) =>
          group.fetches.map(({ fetch, after }, position) => {
            const waits = after.length === 0 ? "" : ` after ${after.map((id) => `#${id}`).join(" ")}`;
            return `    ${position === 0 ? "" : "= "}${printFetch(fetch)}${waits}\n`;
          }),
        );
        return `  ${request.subgraph}\n${fetches.join("")}`;
      });
      return `wave ${index + 1}\n${requests.join("")}`;
    })
    .join("");
}
