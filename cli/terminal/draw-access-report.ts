/** Who gets what of which personal data, as a page of one file: fields down, callers across. */
import type { AccessReport, Cell, FieldAccess } from "#policies";

export function drawAccessReport(mesh: string, { columns, fields }: AccessReport): string {
  const products = [...new Set(fields.map(({ product }) => product))].sort();
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Personal data of ${text(mesh)}: who sees what</title>
<style>${styles}</style>
<h1>Personal data of ${text(mesh)}: who sees what</h1>
<p>What a caller gets of each field, by the policies alone. <b>shown</b> is the value itself.</p>
<ul class="legend">${legend.map(([kind, words]) => `<li class="${kind}">${words}</li>`).join("")}</ul>
<div class="scroll"><table>
<thead><tr><th scope="col">field</th><th scope="col">data</th>${columns.map((column) => `<th scope="col" class="caller"><span>${text(column)}</span></th>`).join("")}</tr></thead>
${products
  .map((product) =>
    drawProduct(
      product,
      fields.filter((field) => field.product === product),
      columns,
    ),
  )
  .join("\n")}
</table></div>
</html>
`;
}

function drawProduct(product: string, fields: readonly FieldAccess[], columns: readonly string[]): string {
  const rows = fields.map(
    ({ coordinate, pii, classification, cells }) =>
      `<tr><th scope="row">${text(coordinate)}</th><td class="data">${text([...pii, ...(classification === undefined ? [] : [classification])].join(", "))}</td>${cells.map((cell, index) => drawCell(cell, columns[index] ?? "", coordinate)).join("")}</tr>`,
  );
  return `<tbody><tr class="product"><th scope="rowgroup" colspan="${columns.length + 2}">${text(product)}</th></tr>${rows.join("")}</tbody>`;
}

function drawCell({ effect, technique, policy }: Cell, column: string, coordinate: string): string {
  const kind =
    effect === "allow" ? "shown" : effect === "mask" ? (technique === "redact" ? "redacted" : "masked") : effect;
  const words =
    effect === "allow" ? "shown" : effect === "mask" ? (technique ?? "masked") : effect === "null" ? "null" : "denied";
  const why = policy === null ? "" : `, by ${policy}`;
  return `<td class="cell ${kind}" title="${text(`${coordinate}, ${column}: ${words}${why}`)}">${text(words)}</td>`;
}

const legend: readonly (readonly [string, string])[] = [
  ["shown", "shown"],
  ["masked", "masked: something of it is left"],
  ["redacted", "redacted: a constant"],
  ["null", "null"],
  ["deny", "denied"],
];

function text(value: string): string {
  return value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

const styles = `
:root { color-scheme: light; font: 14px/1.45 system-ui, sans-serif; color: #1d2433; background: #fff; }
body { margin: 2rem; }
h1 { font-size: 1.35rem; margin: 0 0 .25rem; }
p { margin: 0 0 1rem; color: #566074; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .5rem; margin: 0 0 1.25rem; padding: 0; }
.legend li { padding: .15rem .6rem; border-radius: .3rem; font-size: .85rem; }
.scroll { overflow-x: auto; }
table { border-collapse: separate; border-spacing: 2px; }
thead th { text-align: left; font-weight: 600; color: #566074; vertical-align: bottom; padding: 0 .6rem .35rem; }
th.caller { padding: 0 .25rem .35rem; min-width: 5.2rem; max-width: 7rem; text-align: center; font-size: .82rem; overflow-wrap: anywhere; }
tbody th { text-align: left; font-weight: 500; padding: .3rem .6rem; font-family: ui-monospace, monospace; font-size: .85rem; white-space: nowrap; }
tr.product th { font: 600 1rem system-ui, sans-serif; padding-top: 1rem; border-bottom: 1px solid #d9dee8; }
td.data { color: #566074; font-size: .82rem; padding: .3rem .6rem; white-space: nowrap; }
td.cell { text-align: center; padding: .3rem .35rem; border-radius: .3rem; font-size: .82rem; }
.shown { background: #c2410c; color: #fff; font-weight: 600; }
.masked { background: #fde9c8; color: #6b4300; }
.redacted { background: #dcefe3; color: #14532d; }
.null { background: #e3e8f0; color: #334155; }
.deny { background: #334155; color: #fff; }
`;
