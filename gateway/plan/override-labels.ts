/**
 * The labels of progressive `@override`s (federation 2.7): `percent(5)` is on for so many requests of a hundred, chosen
 * anew for each; every other label is on when the configuration says so.
 */

/** Labels that are on for one request, sorted, so that equal choices share a plan. */
export type ActiveLabels = readonly string[];

const none: ActiveLabels = [];
const percentage = /^percent\((\d{1,2}(?:\.\d{1,8})?|100)\)$/;

/** `random` gives numbers from 0 to less than 1. */
export function createLabelChoice(
  labels: readonly string[],
  isOn: (label: string) => boolean = () => false,
  random: () => number = Math.random,
): () => ActiveLabels {
  if (labels.length === 0) return () => none;
  const known = labels.toSorted().map((label) => {
    const percent = percentage.exec(label)?.[1];
    return { label, share: percent === undefined ? (isOn(label) ? 1 : 0) : Number(percent) / 100 };
  });
  // One number for a request: labels of one percentage are on together, as for fields that move together.
  return () => {
    const number = random();
    return known.filter(({ share }) => number < share).map(({ label }) => label);
  };
}
