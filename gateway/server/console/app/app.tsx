/** The page: examples, schema and history on the left, the operation in the middle, its answer on the right. */
import type { EditorView } from "@codemirror/view";
import { useSignal, useSignalEffect } from "@preact/signals";
import { updateSchema } from "cm6-graphql";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { CodeEditor } from "./editor/code-editor.tsx";
import { queryExtensions, variablesExtensions } from "./editor/extensions.ts";
import { prettify } from "./editor/prettify.ts";
import { Answer } from "./panels/answer.tsx";
import { CallerDialog, callerSummary } from "./panels/caller-dialog.tsx";
import { Examples } from "./panels/examples.tsx";
import { History } from "./panels/history.tsx";
import { SchemaExplorer } from "./panels/schema-explorer.tsx";
import { Splitter } from "./panels/splitter.tsx";
import { loadExamples } from "./state/examples.ts";
import { printLink } from "./state/link.ts";
import { chosenOperation, operationName, operationNames, query, variables } from "./state/operation.ts";
import { explorerPath, showInExplorer, sidebarOpen, type Tab, tab } from "./state/panels.ts";
import { cancel, run, start } from "./state/run.ts";
import { loadFacts, loadSchema, schema } from "./state/schema.ts";

export function App() {
  useEffect(() => {
    void loadExamples();
    void loadSchema();
    void loadFacts();
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.defaultPrevented) void start();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  return (
    <>
      <Top />
      <main class={`layout ${sidebarOpen.value ? "sidebar-open" : ""}`}>
        <Sidebar />
        <Operation />
        <Splitter label="Width of the answer" property="--answer" />
        <Answer />
      </main>
    </>
  );
}

function Top() {
  const dialog = useRef<HTMLDialogElement>(null);
  const linkCopied = useSignal(false);
  const caller = callerSummary();
  const running = run.value.kind === "running";
  const share = async (): Promise<void> => {
    history.replaceState(null, "", printLink({ query: query.value, variables: variables.value }));
    await navigator.clipboard.writeText(location.href);
    linkCopied.value = true;
    setTimeout(() => {
      linkCopied.value = false;
    }, 2000);
  };
  return (
    <header class="top">
      <button
        type="button"
        class="quiet menu"
        aria-label="Examples, schema and history"
        aria-expanded={sidebarOpen.value}
        onClick={() => {
          sidebarOpen.value = !sidebarOpen.value;
        }}
      >
        ☰
      </button>
      <h1>
        <Mark /> datamesh <span>console</span>
      </h1>
      <div class="actions">
        <button type="button" class="quiet wide-only" onClick={() => prettify()}>
          Prettify
        </button>
        <button type="button" class="quiet wide-only" onClick={() => void share()}>
          {linkCopied.value ? "Link copied" : "Copy link"}
        </button>
        <button
          type="button"
          class={`caller ${caller.expired ? "bad" : ""}`}
          title="Who asks, and why"
          onClick={() => dialog.current?.showModal()}
        >
          <span class="dot" aria-hidden="true" /> {caller.text}
        </button>
        {operationNames.value.length > 1 && (
          <select
            aria-label="Operation to run"
            value={operationName.value}
            onChange={(event) => {
              chosenOperation.value = event.currentTarget.value;
            }}
          >
            {operationNames.value.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        )}
        <button type="button" class="primary run" onClick={() => (running ? cancel() : void start())}>
          {running ? "Cancel" : "Run"}
          {!running && <kbd>⌃↵</kbd>}
        </button>
      </div>
      <CallerDialog dialog={dialog} />
    </header>
  );
}

const tabs: readonly (readonly [Tab, string])[] = [
  ["examples", "Examples"],
  ["schema", "Schema"],
  ["history", "History"],
];

function Sidebar() {
  const move = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    const at = tabs.findIndex(([name]) => name === tab.value);
    tab.value = tabs[(at + step + tabs.length) % tabs.length]?.[0] ?? "examples";
    document.getElementById(`tab-${tab.value}`)?.focus();
  };
  return (
    <aside class="pane sidebar">
      <div role="tablist" aria-label="Examples, schema and history" class="tabs" onKeyDown={move}>
        {tabs.map(([name, title]) => (
          <button
            key={name}
            id={`tab-${name}`}
            type="button"
            role="tab"
            aria-selected={tab.value === name}
            aria-controls="tab-panel"
            tabIndex={tab.value === name ? 0 : -1}
            onClick={() => {
              tab.value = name;
            }}
          >
            {title}
          </button>
        ))}
      </div>
      {/* A new place starts at its top: the key makes a new element, with its own scroll position. */}
      <div
        key={[tab.value, ...explorerPath.value].join("/")}
        role="tabpanel"
        id="tab-panel"
        aria-labelledby={`tab-${tab.value}`}
        class="tab-panel"
      >
        {tab.value === "examples" && <Examples />}
        {tab.value === "schema" && <SchemaExplorer />}
        {tab.value === "history" && <History />}
      </div>
    </aside>
  );
}

function Operation() {
  const view = useSignal<EditorView | undefined>(undefined);
  useSignalEffect(() => {
    const loaded = schema.value;
    if (view.value !== undefined && loaded.kind === "loaded") updateSchema(view.value, loaded.schema);
  });
  const extensions = useMemo(
    () =>
      queryExtensions((field, type, parentType) => {
        if (parentType !== undefined && field !== undefined) showInExplorer([parentType, `${parentType}.${field}`]);
        else if (type !== undefined) showInExplorer([type.replaceAll(/[[\]!]/g, "")]);
      }),
    [],
  );
  return (
    <section class="pane operation" aria-label="Operation">
      <div class="pane-head">
        <h2>Query</h2>
        <SchemaState />
      </div>
      <CodeEditor
        label="GraphQL query"
        text={query}
        extensions={extensions}
        onView={(made) => {
          view.value = made;
        }}
      />
      <details class="variables" open={variables.value.trim() !== ""}>
        <summary>Variables</summary>
        <CodeEditor label="Variables as JSON" text={variables} extensions={variablesExtensions} />
      </details>
    </section>
  );
}

function SchemaState() {
  const state = schema.value;
  if (state.kind === "failed") {
    return (
      <button type="button" class="quiet bad" title={state.message} onClick={() => void loadSchema()}>
        No schema: try again
      </button>
    );
  }
  return <span class="muted">{state.kind === "loading" ? "Reading the schema …" : ""}</span>;
}

function Mark() {
  return (
    <svg viewBox="0 0 32 32" width="22" height="22" aria-hidden="true">
      <path
        d="M16 5 L26 11 L26 21 L16 27 L6 21 L6 11 Z M16 16 L16 27 M16 16 L26 11 M16 16 L6 11"
        fill="none"
        stroke="currentColor"
        stroke-width="2"
        stroke-linejoin="round"
      />
      <circle cx="16" cy="16" r="3.2" fill="currentColor" />
    </svg>
  );
}
