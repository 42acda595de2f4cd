/** A CodeMirror editor as a component: the text is a signal, everything else is fixed when it is made. */
import { Compartment, EditorState, type Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import type { Signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { editorTheme } from "./theme.ts";

export interface CodeEditorProps {
  readonly label: string;
  readonly text: Signal<string>;
  readonly extensions: Extension;
  /** Without it the text can be selected and folded but not changed. */
  readonly editable?: boolean;
  readonly onView?: (view: EditorView | undefined) => void;
}

const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";

export function CodeEditor({ label, text, extensions, editable = true, onView }: CodeEditorProps) {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (host.current === null) return;
    const access = new Compartment();
    const view = new EditorView({
      parent: host.current,
      state: EditorState.create({
        doc: text.peek(),
        extensions: [
          EditorView.cspNonce.of(nonce),
          editorTheme,
          EditorView.contentAttributes.of({ "aria-label": label }),
          access.of(
            editable
              ? []
              : [EditorState.readOnly.of(true), EditorView.contentAttributes.of({ "aria-readonly": "true" })],
          ),
          extensions,
          EditorView.updateListener.of((update) => {
            if (update.docChanged) text.value = update.state.doc.toString();
          }),
        ],
      }),
    });
    onView?.(view);
    const unsubscribe = text.subscribe((value) => {
      if (value === view.state.doc.toString()) return;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: value }, scrollIntoView: false });
      view.scrollDOM.scrollTop = 0;
    });
    return () => {
      unsubscribe();
      onView?.(undefined);
      view.destroy();
    };
    // Made once: its inputs are constants of the page.
  }, []);
  return <div class="editor" ref={host} />;
}
