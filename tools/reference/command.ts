import type { Argument, Command, Option } from "commander";
import { createProgram } from "../../cli/program.ts";
import { code, type Page, page, table } from "./page.ts";

/** Every command with its arguments and options. */
export function commandPage(): Page {
  const program = createProgram();
  return page("cli.md", "The datamesh command", "`cli/program.ts`", [
    "In a clone: `npm run -s datamesh -- <command>` (`npm start` is `start`, `npm run dev` is `dev`); installed: " +
      "`datamesh <command>`. Both work from any folder; paths are relative to the one that you stand in. A command that " +
      "fails says why on standard error and ends with 1.",
    ...program.commands
      .flatMap((command) => runnable(command, command.name()))
      .flatMap(({ name, command }) => [
        `## ${name}`,
        code(`datamesh ${name} ${command.usage()}`.trim()),
        sentence(command.description()),
        table(
          ["argument or option", "meaning"],
          [...command.registeredArguments.map(argumentRow), ...command.options.map(optionRow)],
        ),
      ]),
  ]);
}

/** A command that only groups others stands for them. */
function runnable(command: Command, name: string): readonly { readonly name: string; readonly command: Command }[] {
  if (command.commands.length === 0) return [{ name, command }];
  return command.commands.flatMap((inner) => runnable(inner, `${name} ${inner.name()}`));
}

function argumentRow(argument: Argument): readonly string[] {
  return [code(argument.required ? `<${argument.name()}>` : `[${argument.name()}]`), sentence(argument.description)];
}

function optionRow({ flags, description, mandatory, defaultValue }: Option): readonly string[] {
  const notes = [
    ...(mandatory ? [" Required."] : []),
    ...(defaultValue === undefined || defaultValue === false ? [] : [` Default: ${code(String(defaultValue))}.`]),
  ];
  return [code(flags), `${sentence(description)}${notes.join("")}`];
}

function sentence(text: string): string {
  // A file's name keeps its case.
  const first = /^\S+\.\w/.test(text) ? text.charAt(0) : text.charAt(0).toUpperCase();
  return `${first}${text.slice(1)}${text.endsWith(".") ? "" : "."}`;
}
