/** A way into a document: keys and list positions from the root. */
export type DocumentPath = readonly (string | number)[];

/** Dotted, as findings print it: `spec.outputs[0].schema[2].type`; keys that are no words are quoted: `labels["a b"]`. */
export function printPath(path: DocumentPath): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else if (!/^[A-Za-z_$][\w$-]*$/.test(step)) text += `[${JSON.stringify(step)}]`;
    else text += text === "" ? step : `.${step}`;
  }
  return text;
}
