/** What each of the three editors can do. */
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { json, jsonParseLinter } from "@codemirror/lang-json";
import { bracketMatching, codeFolding, foldGutter, foldKeymap, indentOnInput } from "@codemirror/language";
import { linter } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { type Extension, Prec } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers, placeholder } from "@codemirror/view";
import { graphql } from "cm6-graphql";
import { start } from "../state/run.ts";

const runKeys = Prec.highest(
  keymap.of([
    {
      key: "Mod-Enter",
      run: () => {
        void start();
        return true;
      },
    },
  ]),
);

// No binding for Tab: it leaves the editor, as it leaves every other control of a page.
const editing: Extension = [
  runKeys,
  history(),
  drawSelection(),
  indentOnInput(),
  bracketMatching(),
  closeBrackets(),
  autocompletion(),
  highlightActiveLine(),
  highlightSelectionMatches(),
  keymap.of([
    ...closeBracketsKeymap,
    ...completionKeymap,
    ...historyKeymap,
    ...searchKeymap,
    ...foldKeymap,
    ...defaultKeymap,
  ]),
];

export function queryExtensions(onShowInDocs: (field?: string, type?: string, parentType?: string) => void): Extension {
  return [
    editing,
    lineNumbers(),
    foldGutter({ openText: "⌄", closedText: "›" }),
    placeholder("Write a GraphQL query; Ctrl-Space completes from the schema."),
    graphql(undefined, { onShowInDocs }),
  ];
}

/** JSON that is empty is fine here: no variables. */
const variablesLinter = jsonParseLinter();

export const variablesExtensions: Extension = [
  editing,
  json(),
  linter((view) => (view.state.doc.toString().trim() === "" ? [] : variablesLinter(view))),
  placeholder('{ "name": "value" }'),
];

export const answerExtensions: Extension = [
  json(),
  drawSelection(),
  codeFolding(),
  foldGutter({ openText: "⌄", closedText: "›" }),
  bracketMatching(),
  highlightSelectionMatches(),
  EditorView.lineWrapping,
  runKeys,
  keymap.of([...searchKeymap, ...foldKeymap, ...defaultKeymap]),
];
