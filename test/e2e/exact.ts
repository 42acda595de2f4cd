/** A decimal's text without the zeros that say nothing, so that `261.9600` is `261.96` and never a rounded number. */
export function exact(value: unknown): string {
  const text = String(value);
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}
