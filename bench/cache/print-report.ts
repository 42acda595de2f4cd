/** A report as text, for the terminal and for bench/results. */
import { align } from "../align.ts";
import { printFigure } from "../bar-chart.ts";
import { printMachine } from "../machine.ts";
import type { Cell, PartReport, Table } from "./part.ts";
import type { Report } from "./report.ts";

export function printReport(report: Report): string {
  return [...Object.values(report.parts).flatMap((part) => [printPart(part), ""]), printOrigin(report)].join("\n");
}

/** Everything that a part found out, as lines for people. */
export function printPart({ title, how, tables, goals }: PartReport): string {
  const lines = [title, ...how.map((line) => `  ${line}`)];
  for (const table of tables) lines.push("", ...printTable(table));
  if (goals.length > 0) {
    const rows = goals.map(({ what, limit, measured, reached }) => [
      what,
      limit,
      measured,
      reached ? "reached" : "NOT reached",
    ]);
    lines.push("", ...printTable({ title: "goals", columns: ["", "goal", "measured", ""], rows }));
  }
  return lines.join("\n");
}

export function printOrigin({ machine, node, date, coresTakenByOthers, command }: Report): string {
  return [
    printMachine(machine, node, date),
    `Other processes took ${coresTakenByOthers.toFixed(2)} of ${machine.cores} cores meanwhile.`,
    command,
  ].join("\n");
}

function printTable({ title, columns, rows }: Table): readonly string[] {
  const cells = rows.map((row) => row.map(printCell));
  return [title, ...align([columns, ...cells]).map((line) => `  ${line}`.trimEnd())];
}

function printCell(cell: Cell): string {
  if (typeof cell === "string") return cell;
  return Number.isInteger(cell) ? `${cell}` : printFigure(cell);
}
