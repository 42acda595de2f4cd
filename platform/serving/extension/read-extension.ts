/**
 * In: a product's `schema.graphql` and the default export of its `resolvers.ts`. Out: both, checked against each other
 * and against the generated schema. Every fault names its file, and its line where the file has lines.
 */
import {
  type ASTNode,
  type DefinitionNode,
  type DocumentNode,
  type FieldDefinitionNode,
  GraphQLError,
  type GraphQLSchema,
  isObjectType,
  isTypeDefinitionNode,
  isTypeExtensionNode,
  Kind,
  parse,
  Source,
  type TypeNode,
  visit,
} from "graphql";
import { didYouMean } from "#schema";
import { platformError } from "../../errors.ts";
import type { ServedColumn, ServedProduct } from "../model/served-table.ts";
import { withoutCacheControl } from "./cache-control.ts";
import type { ProductResolver, ResolveField } from "./product-resolvers.ts";

/** The two files as they are found in the product's folder. */
export interface ExtensionFiles {
  readonly schema?: { readonly file: string; readonly text: string } | undefined;
  /** `resolvers` is the module's default export. */
  readonly resolvers?: { readonly file: string; readonly resolvers: unknown } | undefined;
}

export interface Extension {
  readonly document: DocumentNode;
  readonly fields: readonly ExtensionField[];
}

export interface ExtensionField {
  readonly typeName: string;
  readonly fieldName: string;
  /** The named type that the field gives. */
  readonly returns: string;
  /** Undefined where the type is no table of the product. */
  readonly requires: readonly ServedColumn[] | undefined;
  /** It may read more than `requires` says: it names none, or takes the context. */
  readonly isComputed: boolean;
  readonly resolve: ResolveField;
}

/** Raises `PRODUCT_EXTENSION_INVALID`. `generated` is the schema without the extension. */
export function readExtension(
  product: ServedProduct,
  files: ExtensionFiles,
  generated: GraphQLSchema,
): Extension | undefined {
  if (files.schema === undefined) {
    if (files.resolvers === undefined) return undefined;
    throw invalid(`${files.resolvers.file} has resolvers, but there is no schema.graphql that declares their fields.`);
  }
  const { file, text } = files.schema;
  const document = withoutCacheControl(parseSchema(file, text), generated);
  const declared = document.definitions.flatMap((definition) => fieldsOf(definition));
  checkNames(document, generated);
  for (const { typeName, field, isExtension } of declared) checkIsNew(generated, typeName, field, isExtension);
  const resolvers = readResolvers(files.resolvers, declared);
  return { document, fields: declared.flatMap((entry) => bindField(product, entry, resolvers, files)) };
}

interface DeclaredField {
  readonly typeName: string;
  readonly field: FieldDefinitionNode;
  readonly isExtension: boolean;
}

function parseSchema(file: string, text: string): DocumentNode {
  try {
    return parse(new Source(text, file));
  } catch (error) {
    if (error instanceof GraphQLError) throw invalid(`${placeOf(error)}: ${error.message}`, error);
    throw error;
  }
}

function fieldsOf(definition: DefinitionNode): readonly DeclaredField[] {
  if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.OBJECT_TYPE_EXTENSION) return [];
  const isExtension = definition.kind === Kind.OBJECT_TYPE_EXTENSION;
  return (definition.fields ?? []).map((field) => ({ typeName: definition.name.value, field, isExtension }));
}

/** Everything named exists, and nothing generated is defined again. */
function checkNames(document: DocumentNode, generated: GraphQLSchema): void {
  const own = new Set(document.definitions.flatMap((node) => (isTypeDefinitionNode(node) ? [node.name.value] : [])));
  const known = [...own, ...Object.keys(generated.getTypeMap()).filter((name) => !name.startsWith("_"))];
  for (const node of document.definitions) {
    if (isTypeDefinitionNode(node) && generated.getType(node.name.value) !== undefined) {
      throw invalid(
        `${placeAt(node)}: ${node.name.value} is generated from the manifest. Write \`extend type ${node.name.value}\`.`,
      );
    }
    if (isTypeExtensionNode(node) && !known.includes(node.name.value)) {
      throw invalid(
        `${placeAt(node)}: there is no type ${node.name.value} to extend.${didYouMean(node.name.value, known)}`,
      );
    }
  }
  const ownDirectives = document.definitions.flatMap((node) =>
    node.kind === Kind.DIRECTIVE_DEFINITION ? [node.name.value] : [],
  );
  const builtIn = ["String", "Int", "Float", "Boolean", "ID"];
  visit(document, {
    Directive(node) {
      const names = [...ownDirectives, ...generated.getDirectives().map(({ name }) => name)];
      if (names.includes(node.name.value)) return;
      throw invalid(
        `${placeAt(node)}: there is no directive @${node.name.value}.${didYouMean(node.name.value, names)}`,
      );
    },
    NamedType(node) {
      if (known.includes(node.name.value) || builtIn.includes(node.name.value)) return;
      throw invalid(
        `${placeAt(node)}: there is no type ${node.name.value}.${didYouMean(node.name.value, [...known, ...builtIn])}`,
      );
    },
  });
}

function checkIsNew(
  generated: GraphQLSchema,
  typeName: string,
  field: FieldDefinitionNode,
  isExtension: boolean,
): void {
  const type = generated.getType(typeName);
  if (isExtension && isObjectType(type) && type.getFields()[field.name.value] !== undefined) {
    throw invalid(
      `${placeAt(field)}: ${typeName}.${field.name.value} is generated from the manifest. Take another name.`,
    );
  }
}

function readResolvers(
  module: ExtensionFiles["resolvers"],
  declared: readonly DeclaredField[],
): ReadonlyMap<string, ProductResolver> {
  const resolvers = new Map<string, ProductResolver>();
  if (module === undefined) return resolvers;
  const { file } = module;
  if (!isRecord(module.resolvers))
    throw invalid(`${file}: the default export is not an object of types with resolvers.`);
  const names = declared.map(({ typeName, field }) => `${typeName}.${field.name.value}`);
  for (const [typeName, fields] of Object.entries(module.resolvers)) {
    if (!isRecord(fields)) throw invalid(`${file}: ${typeName} is not an object of fields with resolvers.`);
    for (const [fieldName, resolver] of Object.entries(fields)) {
      const name = `${typeName}.${fieldName}`;
      if (!names.includes(name)) {
        throw invalid(
          `${file}: ${name} has a resolver, but schema.graphql does not declare it.${didYouMean(name, names)}`,
        );
      }
      if (!isResolver(resolver)) throw invalid(`${file}: ${name} is neither a function nor { requires, resolve }.`);
      resolvers.set(name, resolver);
    }
  }
  return resolvers;
}

function bindField(
  product: ServedProduct,
  { typeName, field, isExtension }: DeclaredField,
  resolvers: ReadonlyMap<string, ProductResolver>,
  files: ExtensionFiles,
): readonly ExtensionField[] {
  const name = `${typeName}.${field.name.value}`;
  const resolver = resolvers.get(name);
  if (resolver === undefined) {
    // A type of the extension's own is an object that some resolver returned: its fields are properties of it.
    if (!isExtension) return [];
    const where = files.resolvers === undefined ? "and there is no resolvers.ts" : `in ${files.resolvers.file}`;
    throw invalid(`${placeAt(field)}: ${name} has no resolver ${where}.`);
  }
  const { requires = [], resolve } = typeof resolver === "function" ? { resolve: resolver } : resolver;
  return [
    {
      typeName,
      fieldName: field.name.value,
      returns: namedType(field.type),
      requires: requiredColumns(product, typeName, field, requires, files.resolvers?.file ?? ""),
      isComputed: requires.length === 0 || takesContext(resolve),
      resolve,
    },
  ];
}

/** Parameters before the first one with a default or a rest; who takes the context in another way is refused it. */
function takesContext(resolve: ResolveField): boolean {
  return resolve.length >= 3;
}

/** Columns by name; personal data only where the field says that it gives personal data, so that policies reach it. */
function requiredColumns(
  product: ServedProduct,
  typeName: string,
  field: FieldDefinitionNode,
  requires: readonly string[],
  file: string,
): readonly ServedColumn[] | undefined {
  const name = `${typeName}.${field.name.value}`;
  const table = product.tables.find((candidate) => candidate.typeName === typeName);
  if (table === undefined) {
    if (requires.length === 0) return undefined;
    throw invalid(`${file}: ${name} requires columns, but ${typeName} is no table of ${product.name}.`);
  }
  return requires.map((required) => {
    const column = table.columnByName.get(required);
    if (column === undefined) {
      throw invalid(
        `${file}: ${name} requires ${required}, which ${table.output} does not have.${didYouMean(required, table.columnByName.keys())}`,
      );
    }
    const { pii } = column.field;
    if (pii !== undefined && !field.directives?.some((directive) => directive.name.value === "pii")) {
      throw invalid(
        `${placeAt(field)}: ${name} is made from personal data (${required}). Write @pii(category: ${JSON.stringify(pii)}) on it, so that policies reach it.`,
      );
    }
    return column;
  });
}

function namedType(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isResolver(value: unknown): value is ProductResolver {
  if (typeof value === "function") return true;
  if (!isRecord(value) || typeof value.resolve !== "function") return false;
  const requires = value.requires;
  return requires === undefined || (Array.isArray(requires) && requires.every((name) => typeof name === "string"));
}

function placeAt(node: ASTNode): string {
  const { loc } = node;
  if (loc === undefined) return "schema.graphql";
  const { line, column } = loc.startToken;
  return `${loc.source.name}:${line}:${column}`;
}

function placeOf(error: GraphQLError): string {
  const [location] = error.locations ?? [];
  return [error.source?.name ?? "schema.graphql", location?.line, location?.column]
    .filter((part) => part !== undefined)
    .join(":");
}

function invalid(message: string, cause?: unknown): Error {
  return platformError("PRODUCT_EXTENSION_INVALID", message, { cause });
}
