import { signal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { CodeEditor } from "../editor/code-editor.tsx";
import { answerExtensions } from "../editor/extensions.ts";
import { formatJson } from "../format-json.ts";
import { formatBytes, formatDuration } from "../format-quantity.ts";
import { readNotices } from "../read-notices.ts";
import type { Answer as AnswerOf } from "../state/request.ts";
import { run } from "../state/run.ts";
import { Notices } from "./notices.tsx";

const shownText = signal("");
const copied = signal(false);

export function Answer() {
  const state = run.value;
  return (
    <section class="pane answer" aria-label="Answer">
      <header class="pane-head">
        <h2>Answer</h2>
        <div aria-live="polite" class="status">
          {state.kind === "running" && <span class="running">Running …</span>}
          {state.kind === "answered" && <Status answer={state.answer} />}
        </div>
      </header>
      {state.kind === "idle" && (
        <div class="welcome">
          <p>Run the query to see its answer here.</p>
          <p>
            <kbd>Ctrl</kbd> or <kbd>⌘</kbd> + <kbd>Enter</kbd> runs · <kbd>Ctrl</kbd> + <kbd>Space</kbd> completes ·{" "}
            <kbd>Ctrl</kbd> + click on a field opens its description
          </p>
        </div>
      )}
      {state.kind === "failed" && (
        <div class="notices">
          <div class="notice error" role="alert">
            <p>{state.message}</p>
          </div>
        </div>
      )}
      {state.kind === "answered" && <Body answer={state.answer} />}
    </section>
  );
}

function Status({ answer }: { readonly answer: AnswerOf }) {
  return (
    <>
      <span class={`code ${answer.status < 300 ? "good" : "bad"}`}>
        {answer.status} {answer.statusText}
      </span>
      <span>{formatDuration(answer.durationMs)}</span>
      <span>{formatBytes(answer.bytes)}</span>
      <button type="button" class="quiet" onClick={() => void copy(shownText.value)}>
        {copied.value ? "Copied" : "Copy"}
      </button>
    </>
  );
}

function Body({ answer }: { readonly answer: AnswerOf }) {
  const notices = useMemo(() => readNotices(answer), [answer]);
  useMemo(() => {
    shownText.value = answer.json === undefined ? answer.text : formatJson(answer.text);
    copied.value = false;
  }, [answer]);
  return (
    <>
      <Notices notices={notices} />
      <CodeEditor label="Answer as JSON" text={shownText} extensions={answerExtensions} editable={false} />
      <details class="headers">
        <summary>Response headers ({answer.headers.length})</summary>
        <dl>
          {answer.headers.map(([name, value]) => (
            <div key={name} class={name === "deprecation" || name === "sunset" ? "flagged" : ""}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </details>
    </>
  );
}

async function copy(text: string): Promise<void> {
  await navigator.clipboard.writeText(text);
  copied.value = true;
}
