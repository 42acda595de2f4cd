/**
 * The products of a mesh, linked: every reference and product input resolved, every GraphQL name fixed.
 * `linkMesh` makes it from the manifests; a product with an error of its own is left out and named in the findings.
 */
import type { DataProduct, Field, ProductInput, TableOutput } from "./model.ts";

export interface MeshModel {
  readonly products: ReadonlyMap<string, LinkedProduct>;
  /** Product names in an order in which every product comes after the products it reads. */
  readonly ingestionOrder: readonly string[];
}

export interface LinkedProduct {
  readonly manifest: DataProduct;
  readonly tables: readonly LinkedTable[];
  readonly productInputs: readonly {
    readonly input: ProductInput;
    readonly product: string;
    readonly output: string;
  }[];
}

/** A table output with its place in the graph. */
export interface LinkedTable {
  readonly output: TableOutput;
  /** GraphQL object type, PascalCase: `Order`. */
  readonly typeName: string;
  /** Root field for one entity, camelCase: `order`. */
  readonly singleName: string;
  /** Root field for a connection, camelCase plural: `orders`. */
  readonly pluralName: string;
  readonly description: string | undefined;
  readonly fields: readonly LinkedField[];
  /** Key fields in key order; empty: no entity, no `@key`, no single root field. */
  readonly key: readonly LinkedField[];
  /** From a column of this table to one entity of this or another product's table. */
  readonly toOne: readonly Relation[];
  /** The same references from their other end: from one entity to the rows of this table that reference it. */
  readonly referencedBy: readonly Relation[];
}

export interface LinkedField {
  readonly field: Field;
  /** GraphQL name, camelCase: `orderDate`. */
  readonly name: string;
}

/** One `references:`; `many` side holds the column, `one` side is the referenced entity. */
export interface Relation {
  readonly manyProduct: string;
  readonly manyTable: string;
  readonly manyColumn: string;
  readonly oneProduct: string;
  readonly oneTable: string;
  readonly oneTypeName: string;
  readonly oneKeyColumn: string;
  /** GraphQL name of the key field on the referenced type. */
  readonly oneKeyName: string;
  /** Field on the many side's type: `customer`. */
  readonly toOneName: string;
  /** Connection field that the many side's product adds to the one side's type: `orders`. */
  readonly toManyName: string;
  readonly nullable: boolean;
}
