/**
 * The candidate that was most likely meant, or undefined when none is near: at most a third of the word's letters away
 * (insert, delete, replace, swap of neighbours), letter case and `-`/`_` not counted. Ties go to the first candidate.
 */
export function suggest(written: string, candidates: Iterable<string>): string | undefined {
  const wanted = plain(written);
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(wanted, plain(candidate));
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** ` Did you mean `x`?` to end a message with, or nothing. */
export function didYouMean(written: string, candidates: Iterable<string>): string {
  const found = suggest(written, candidates);
  return found === undefined ? "" : ` Did you mean \`${found}\`?`;
}

function plain(name: string): string {
  // A long word has no near neighbour among keys; cutting it bounds the quadratic work on hostile input.
  return name
    .toLowerCase()
    .replaceAll(/[-_\s]/g, "")
    .slice(0, 64);
}

/** Optimal string alignment distance. */
function editDistance(left: string, right: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const replaced = at(last, column - 1) + (left[row - 1] === right[column - 1] ? 0 : 1);
      let distance = Math.min(replaced, at(last, column) + 1, at(current, column - 1) + 1);
      const swapped =
        row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (swapped) distance = Math.min(distance, at(beforeLast, column - 2) + 1);
      current.push(distance);
    }
    beforeLast = last;
    last = current;
  }
  return at(last, right.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
