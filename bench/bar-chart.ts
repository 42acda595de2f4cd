/** Horizontal bars in panels below each other. SVG on a white ground, readable on light and dark pages. */

export interface BarChart {
  readonly title: string;
  readonly panels: readonly Panel[];
  /** In the last line. */
  readonly footer: string;
}

export interface Panel {
  readonly title: string;
  readonly bars: readonly Bar[];
}

export interface Bar {
  readonly label: string;
  readonly value: number;
  /** What the chart is about; the others are what it is compared with. */
  readonly highlighted: boolean;
  /** Printed after the value, in brackets. */
  readonly note?: string;
}

const width = 760;
const labels = 236;
const bars = 380;
const barHeight = 20;
const rowHeight = 28;
const panelGap = 50;
const top = 64;

/** One SVG document. */
export function drawBarChart({ title, panels, footer }: BarChart): string {
  let y = top;
  const drawn = panels.map((panel) => {
    const text = drawPanel(panel, y);
    y += panel.bars.length * rowHeight + panelGap;
    return text;
  });
  return frame(title, width, y + 20, [...drawn, footerText(footer, y + 6)]);
}

/** A white sheet with its title; `parts` are SVG elements. */
export function frame(title: string, width: number, height: number, parts: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" role="img">
<title>${escapeXml(title)}</title>
<rect width="${width}" height="${height}" rx="8" fill="#ffffff"/>
<text x="20" y="32" font-size="17" font-weight="600" fill="#1a202c">${escapeXml(title)}</text>
${parts.join("\n")}
</svg>
`;
}

export function footerText(text: string, y: number): string {
  return `<text x="20" y="${y}" font-size="11" fill="#718096">${escapeXml(text)}</text>`;
}

export function panelTitle(title: string, y: number): string {
  return `<text x="20" y="${y}" font-size="13" font-weight="600" fill="#4a5568">${escapeXml(title)}</text>`;
}

function drawPanel({ title, bars: shown }: Panel, y: number): string {
  const most = Math.max(...shown.map(({ value }) => value), Number.MIN_VALUE);
  const rows = shown.map(({ label, value, highlighted, note }, index) => {
    const line = y + 16 + index * rowHeight;
    const length = Math.max(2, (value / most) * bars).toFixed(1);
    const middle = line + barHeight / 2 + 5;
    const figure = note === undefined ? printFigure(value) : `${printFigure(value)} (${note})`;
    return `<text x="20" y="${middle}" font-size="13" fill="#2d3748">${escapeXml(label)}</text>
<rect x="${20 + labels}" y="${line}" width="${length}" height="${barHeight}" rx="3" fill="${highlighted ? "#2b6cb0" : "#a0aec0"}"/>
<text x="${20 + labels + Number(length) + 8}" y="${middle}" font-size="13" fill="#2d3748">${escapeXml(figure)}</text>`;
  });
  return `${panelTitle(title, y)}\n${rows.join("\n")}`;
}

/** Three digits that count. */
export function printFigure(value: number): string {
  if (value < 1) return value.toFixed(3);
  return value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0);
}

export function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
