/**
 * Where boxes and arrows of a layered drawing are.
 *
 * Terms: a **column** is a wave; a **lane** takes an arrow through a column that it skips, so that no arrow runs behind a
 * box. In: the size of each box, by column, and which boxes each one needs, numbered in reading order. Out: coordinates
 * from 0. Idea: boxes and lanes of a column are ordered by the mean place of their neighbours (Sugiyama's barycentres, a
 * few sweeps), stacked, and columns are centred. Cost: linear in boxes and arrows, but for the sorting.
 */

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface PlacedBox extends Size {
  readonly x: number;
  readonly y: number;
}

export interface PlacedArrow {
  readonly from: number;
  readonly to: number;
  /** From the right side of one box to the left side of the other; two for each lane in between. */
  readonly points: readonly Point[];
  /** What it needs is there anyway when the others are that it waits for. */
  readonly implied: boolean;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Layout extends Size {
  readonly columns: readonly { readonly x: number; readonly width: number }[];
  /** In reading order. */
  readonly boxes: readonly PlacedBox[];
  readonly arrows: readonly PlacedArrow[];
}

const columnGap = 76;
const boxGap = 26;
/** Beside a lane: arrows may run closer to each other than boxes. */
const laneGap = 13;
const laneHeight = 2;
const portGap = 11;
const sweeps = 8;

/** A box, or an arrow's way through a column. */
interface Item {
  readonly box: number | undefined;
  readonly column: number;
  readonly height: number;
  readonly left: Item[];
  readonly right: Item[];
  /** Its place among the items of its column, from 0 to 1. */
  rank: number;
  y: number;
}

export function layOut(sizes: readonly (readonly Size[])[], needs: readonly (readonly number[])[]): Layout {
  const columns: Item[][] = [];
  const boxes: Item[] = [];
  sizes.forEach((column, index) => {
    columns[index] = column.map(({ height }): Item => {
      const item: Item = { box: boxes.length, column: index, height, left: [], right: [], rank: 0, y: 0 };
      boxes.push(item);
      return item;
    });
  });

  const ways: { readonly from: number; readonly to: number; readonly items: readonly Item[] }[] = [];
  needs.forEach((sources, to) => {
    const target = boxes[to];
    for (const from of sources) {
      const source = boxes[from];
      if (source === undefined || target === undefined) continue;
      const items = [source];
      for (let column = source.column + 1; column < target.column; column++) {
        const lane: Item = { box: undefined, column, height: laneHeight, left: [], right: [], rank: 0, y: 0 };
        columns[column]?.push(lane);
        items.push(lane);
      }
      items.push(target);
      items.slice(1).forEach((item, index) => {
        const before = items[index];
        if (before === undefined) return;
        before.right.push(item);
        item.left.push(before);
      });
      ways.push({ from, to, items });
    }
  });

  orderColumns(columns);
  const height = stackColumns(columns);

  const widths = sizes.map((column) => Math.max(0, ...column.map(({ width }) => width)));
  let x = 0;
  const placedColumns = widths.map((width) => {
    const column = { x, width };
    x += width + columnGap;
    return column;
  });
  const xOf = (item: Item): { readonly x: number; readonly width: number } =>
    placedColumns[item.column] ?? { x: 0, width: 0 };

  const placedBoxes = boxes.map((item): PlacedBox => ({ ...xOf(item), y: item.y, height: item.height }));
  const implied = findImplied(needs);
  const portOf = choosePorts(ways);
  const arrows = ways.map(({ from, to, items }, index): PlacedArrow => {
    const points: Point[] = [];
    items.forEach((item, position) => {
      const { x: left, width } = xOf(item);
      const isBox = item.box !== undefined;
      if (position > 0) points.push({ x: left, y: isBox ? portOf(index, "to") : item.y + laneHeight / 2 });
      if (position < items.length - 1) {
        points.push({ x: left + width, y: isBox ? portOf(index, "from") : item.y + laneHeight / 2 });
      }
    });
    return { from, to, points, implied: implied(from, to) };
  });
  return { width: Math.max(0, x - columnGap), height, columns: placedColumns, boxes: placedBoxes, arrows };
}

function orderColumns(columns: Item[][]): void {
  const rank = (column: Item[]): void => {
    column.forEach((item, index) => {
      item.rank = column.length === 1 ? 0.5 : index / (column.length - 1);
    });
  };
  const sortBy = (column: Item[], side: "left" | "right"): void => {
    const meanOf = (item: Item): number =>
      item[side].length === 0 ? item.rank : item[side].reduce((sum, other) => sum + other.rank, 0) / item[side].length;
    const means = new Map(column.map((item) => [item, meanOf(item)]));
    // Array.sort is stable: equal means keep their order, so the drawing does too.
    column.sort((a, b) => (means.get(a) ?? 0) - (means.get(b) ?? 0));
    rank(column);
  };
  columns.forEach(rank);
  for (let sweep = 0; sweep < sweeps; sweep++) {
    if (sweep % 2 === 0) for (const column of columns.slice(1)) sortBy(column, "left");
    else for (const column of columns.slice(0, -1).toReversed()) sortBy(column, "right");
  }
  // What is drawn last is what the eye follows: from left to right.
  for (const column of columns.slice(1)) sortBy(column, "left");
}

/** Returns the height of the tallest column. */
function stackColumns(columns: readonly (readonly Item[])[]): number {
  const gapBefore = (column: readonly Item[], index: number): number => {
    if (index === 0) return 0;
    return column[index]?.box === undefined || column[index - 1]?.box === undefined ? laneGap : boxGap;
  };
  const heights = columns.map((column) =>
    column.reduce((sum, { height }, index) => sum + height + gapBefore(column, index), 0),
  );
  const tallest = Math.max(0, ...heights);
  columns.forEach((column, index) => {
    let y = (tallest - (heights[index] ?? 0)) / 2;
    column.forEach((item, position) => {
      y += gapBefore(column, position);
      item.y = y;
      y += item.height;
    });
  });
  return tallest;
}

/** Spreads the arrows of one side of a box around its middle, in the order of where they go. */
function choosePorts(
  ways: readonly { readonly items: readonly Item[] }[],
): (way: number, end: "from" | "to") => number {
  const ports = new Map<string, number>();
  const ends = (["from", "to"] as const).flatMap((end) =>
    ways.map(({ items }, way) => {
      const box = end === "from" ? items[0] : items.at(-1);
      const neighbour = end === "from" ? items[1] : items.at(-2);
      return { way, end, box, y: neighbour === undefined ? 0 : neighbour.y + neighbour.height / 2 };
    }),
  );
  for (const [, side] of Map.groupBy(ends, ({ end, box }) => `${end} ${box?.box}`)) {
    side.sort((a, b) => a.y - b.y);
    side.forEach(({ way, end, box }, index) => {
      const gap = Math.min(portGap, (box?.height ?? 0) / (side.length + 1));
      const middle = (box?.y ?? 0) + (box?.height ?? 0) / 2;
      ports.set(`${end} ${way}`, middle + (index - (side.length - 1) / 2) * gap);
    });
  }
  return (way, end) => ports.get(`${end} ${way}`) ?? 0;
}

/** An arrow is implied when another way leads from its beginning to its end. */
function findImplied(needs: readonly (readonly number[])[]): (from: number, to: number) => boolean {
  const reachable = needs.map(() => new Set<number>());
  // In reading order, what a box needs stands before it.
  needs.forEach((sources, box) => {
    for (const source of sources) {
      reachable[box]?.add(source);
      for (const earlier of reachable[source] ?? []) reachable[box]?.add(earlier);
    }
  });
  return (from, to) => (needs[to] ?? []).some((other) => other !== from && reachable[other]?.has(from) === true);
}
