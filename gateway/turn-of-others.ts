/** Lets requests that wait for this thread go first: between the parts of work that takes milliseconds. */
export function turnOfOthers(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
