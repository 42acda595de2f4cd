/** Running the operation in the editor: one at a time, can be cancelled. */
import { batch, signal } from "@preact/signals";
import { remember } from "./history.ts";
import { operationName, query, variables } from "./operation.ts";
import { type Answer, send } from "./request.ts";

export type Run =
  | { readonly kind: "idle" }
  | { readonly kind: "running" }
  | { readonly kind: "answered"; readonly answer: Answer }
  /** Nothing came back, or nothing was sent. */
  | { readonly kind: "failed"; readonly message: string };

export const run = signal<Run>({ kind: "idle" });

let current: AbortController | undefined;

export async function start(): Promise<void> {
  if (query.value.trim() === "") {
    run.value = { kind: "failed", message: "Write a query first, or take one of the examples." };
    return;
  }
  const parsed = readVariables(variables.value);
  if (parsed.kind === "wrong") {
    run.value = { kind: "failed", message: parsed.message };
    return;
  }
  cancel();
  const mine = new AbortController();
  current = mine;
  run.value = { kind: "running" };
  const operation = { query: query.value, variables: variables.value };
  const name = operationName.value;
  try {
    const answer = await send(
      {
        query: operation.query,
        ...(parsed.value === undefined ? {} : { variables: parsed.value }),
        ...(name === undefined ? {} : { operationName: name }),
      },
      mine.signal,
    );
    if (mine.signal.aborted) return;
    batch(() => {
      run.value = { kind: "answered", answer };
      remember({ ...operation, status: answer.status, durationMs: answer.durationMs, at: Date.now() });
    });
  } catch (error) {
    if (mine.signal.aborted) return;
    const reason = error instanceof Error ? error.message : String(error);
    run.value = { kind: "failed", message: `The server did not answer (${reason}). Is it still running?` };
  }
}

export function cancel(): void {
  current?.abort();
  current = undefined;
  if (run.value.kind === "running") run.value = { kind: "failed", message: "Cancelled." };
}

type Variables =
  | { readonly kind: "read"; readonly value: Record<string, unknown> | undefined }
  | { readonly kind: "wrong"; readonly message: string };

function readVariables(text: string): Variables {
  if (text.trim() === "") return { kind: "read", value: undefined };
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return { kind: "read", value: value as Record<string, unknown> }; // a JSON object, just checked
    }
    return { kind: "wrong", message: 'The variables must be a JSON object: {"name": "value"}.' };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { kind: "wrong", message: `The variables are not valid JSON: ${reason}.` };
  }
}
