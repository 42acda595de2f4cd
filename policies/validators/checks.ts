/** What each check says of a manifest: one sentence for each thing that is missing, with where to say it. */
import type { DataProduct, TableOutput } from "#schema";
import type { ManifestCheckType, ValidatorCheck } from "./model.ts";
import { fieldsOf, tablesOf } from "./tables.ts";

/** A sentence, and the path in the manifest that it is about. */
export interface Violation {
  readonly message: string;
  readonly path: readonly (string | number)[];
}

type ManifestCheck = (product: DataProduct) => readonly Violation[];

const levels = ["public", "internal", "confidential", "restricted"] as const;
const kebab = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
const snake = /^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/;

const owner: ManifestCheck = ({ metadata }) =>
  metadata.owner === undefined ? [{ message: "Nobody answers for the product. Say `owner`.", path: ["metadata"] }] : [];

const sla: ManifestCheck = ({ quality, outputs }) => {
  const promised = Object.keys(quality.sla).length > 0 || outputs.some(({ declared }) => declared?.sla !== undefined);
  return promised
    ? []
    : [{ message: "The product promises nothing. Say `quality.sla`, or `sla` at its outputs.", path: ["spec"] }];
};

const retention: ManifestCheck = (product) =>
  isPersonal(product) && product.governance.retention === undefined
    ? [{ message: "Personal data are kept for ever. Say `governance.retention`.", path: ["spec", "governance"] }]
    : [];

const purposes: ManifestCheck = (product) =>
  isPersonal(product) && product.governance.purposes.length === 0
    ? [
        {
          message: "Nobody knows what the personal data are for. Say `governance.purposes`.",
          path: ["spec", "governance"],
        },
      ]
    : [];

/** What a manifest says of the disk below (`governance.encryption`) nobody here can prove; a sealed column is sealed. */
const encryption: ManifestCheck = (product) =>
  fieldsOf(product).flatMap(({ table, field, path }) =>
    field.classification === "restricted" && field.encrypt !== true
      ? [
          {
            message: `\`${table.name}.${field.name}\` is restricted and lies in storage as it is. Say \`encrypt: true\` at the column.`,
            path,
          },
        ]
      : [],
  );

const names: ManifestCheck = (product) => [
  ...(kebab.test(product.metadata.name)
    ? []
    : [
        {
          message: `The product's name \`${product.metadata.name}\` is not in kebab-case.`,
          path: ["metadata", "name"],
        },
      ]),
  ...tablesOf(product).flatMap(({ table, path }) =>
    snake.test(table.name)
      ? []
      : [{ message: `The output's name \`${table.name}\` is not in snake_case.`, path: [...path, "name"] }],
  ),
  ...fieldsOf(product).flatMap(({ table, field, path }) =>
    snake.test(field.name)
      ? []
      : [{ message: `The column \`${table.name}.${field.name}\` is not in snake_case.`, path }],
  ),
];

const descriptions: ManifestCheck = (product) => [
  ...tablesOf(product).flatMap(({ table, path }) =>
    isSaid(table.description) ? [] : [{ message: `The output \`${table.name}\` has no \`description\`.`, path }],
  ),
  ...tablesOf(product).flatMap(({ table, path }) => {
    const silent = table.fields.filter(({ description }) => !isSaid(description)).map(({ name }) => `\`${name}\``);
    return silent.length === 0
      ? []
      : [{ message: `Columns of \`${table.name}\` have no \`description\`: ${silent.join(", ")}.`, path }];
  }),
];

const checks: Readonly<Record<ManifestCheckType, ManifestCheck>> = {
  owner,
  sla,
  retention,
  encryption,
  names,
  descriptions,
  purposes,
};

/** Nothing for a check that needs rows. */
export function runManifestCheck(check: ValidatorCheck, product: DataProduct): readonly Violation[] {
  if (check.type === "classified") return classified(product, check.atLeast);
  return check.type === "undeclared-personal-data" ? [] : checks[check.type](product);
}

function classified(product: DataProduct, atLeast: (typeof levels)[number]): readonly Violation[] {
  return fieldsOf(product).flatMap(({ table, field, path }) =>
    field.pii !== undefined && levels.indexOf(field.classification) < levels.indexOf(atLeast)
      ? [
          {
            message: `\`${table.name}.${field.name}\` holds personal data and is classified \`${field.classification}\`; at least \`${atLeast}\` is demanded.`,
            path,
          },
        ]
      : [],
  );
}

function isPersonal(product: DataProduct): boolean {
  return product.outputs.some(
    (output): output is TableOutput => output.type === "table" && output.fields.some(({ pii }) => pii !== undefined),
  );
}

function isSaid(text: string | undefined): boolean {
  return text !== undefined && text.trim() !== "";
}
