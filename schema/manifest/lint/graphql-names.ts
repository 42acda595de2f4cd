import { pascalCase } from "../../names/case.ts";
import { report } from "../canonical/reading.ts";
import type { LintRule } from "./lint-manifest.ts";

const GRAPHQL_NAME = /^[_A-Za-z][_0-9A-Za-z]*$/;

/** `name-not-graphql`: tells the name that a hyphenated one has wherever GraphQL needs a name. */
export const namesInGraphql: LintRule = (product, _document, reading) => {
  const say = (kind: string, name: string, path: readonly (string | number)[]): void => {
    if (GRAPHQL_NAME.test(name)) return;
    const message = `The ${kind} \`${name}\` is no name in GraphQL; where one is needed it is \`${pascalCase(name)}\`.`;
    report(reading, "info", "name-not-graphql", path, message);
  };
  say("product", product.metadata.name, ["metadata", "name"]);
  product.outputs.forEach((output, index) => {
    say("output", output.name, ["spec", "outputs", index, "name"]);
  });
};
