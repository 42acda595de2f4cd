/** The schema to walk through and to search: from the roots to types, fields, arguments and back. */
import { useSignal } from "@preact/signals";
import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLSchema,
  type GraphQLType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isUnionType,
} from "graphql";
import type { CoordinateFacts } from "../../facts.ts";
import { formatDate } from "../format-quantity.ts";
import { searchSchema } from "../search-schema.ts";
import { explorerPath, showInExplorer } from "../state/panels.ts";
import { facts, loadSchema, schema } from "../state/schema.ts";
import { Prose } from "./prose.tsx";

export function SchemaExplorer() {
  const search = useSignal("");
  const state = schema.value;
  if (state.kind === "loading") return <p class="empty">Reading the schema …</p>;
  if (state.kind === "failed") {
    return (
      <div class="empty">
        <p>{state.message}</p>
        <button type="button" onClick={() => void loadSchema()}>
          Try again
        </button>
      </div>
    );
  }
  return (
    <div class="explorer">
      <input
        type="search"
        aria-label="Search types and fields"
        placeholder="Search types and fields"
        value={search.value}
        onInput={(event) => {
          search.value = event.currentTarget.value;
        }}
      />
      {search.value.trim() === "" ? (
        <Place schema={state.schema} />
      ) : (
        <Found
          coordinates={searchSchema(state.schema, search.value, 60)}
          onChoose={(coordinate) => {
            search.value = "";
            go(coordinate.includes(".") ? [coordinate.split(".", 1)[0] ?? "", coordinate] : [coordinate]);
          }}
        />
      )}
    </div>
  );
}

function go(path: readonly string[]): void {
  showInExplorer(path);
}

function Found({ coordinates, onChoose }: { coordinates: readonly string[]; onChoose: (coordinate: string) => void }) {
  if (coordinates.length === 0) return <p class="empty">Nothing has that name.</p>;
  return (
    <ul class="found">
      {coordinates.map((coordinate) => (
        <li key={coordinate}>
          <button type="button" class="row" onClick={() => onChoose(coordinate)}>
            <code>{coordinate}</code>
          </button>
        </li>
      ))}
    </ul>
  );
}

function Place({ schema }: { readonly schema: GraphQLSchema }) {
  const path = explorerPath.value;
  const shown = path.at(-1);
  if (shown === undefined) return <Overview schema={schema} />;
  const [typeName = "", fieldName] = shown.split(".");
  const type = schema.getType(typeName);
  const field = type !== undefined && fieldName !== undefined ? fieldsOf(type)[fieldName] : undefined;
  return (
    <>
      <nav aria-label="Place in the schema" class="crumbs">
        <button type="button" class="link" onClick={() => go([])}>
          Schema
        </button>
        {path.map((coordinate, index) => (
          <span key={coordinate}>
            <span aria-hidden="true"> › </span>
            <button
              type="button"
              class="link"
              aria-current={index === path.length - 1 ? "page" : undefined}
              onClick={() => go(path.slice(0, index + 1))}
            >
              {coordinate.split(".").at(-1)}
            </button>
          </span>
        ))}
      </nav>
      {type === undefined || (fieldName !== undefined && field === undefined) ? (
        <p class="empty">The schema has no {shown}.</p>
      ) : field === undefined ? (
        <TypePlace schema={schema} type={type} />
      ) : (
        <FieldPlace coordinate={shown} field={field} />
      )}
    </>
  );
}

/** The graph's ways in, by the product that offers them; what no product is known for comes last. */
function Overview({ schema }: { readonly schema: GraphQLSchema }) {
  const waysIn = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].flatMap((root) =>
    root ? Object.values(root.getFields()).map((field) => ({ root: root.name, field })) : [],
  );
  const { products, coordinates } = facts.value;
  const offeredBy = (name: string) =>
    waysIn.filter(({ root, field }) => coordinates[`${root}.${field.name}`]?.products?.includes(name));
  const others = waysIn.filter(({ root, field }) => !coordinates[`${root}.${field.name}`]?.products?.length);
  return (
    <>
      {schema.description && (
        <p class="description">
          <Prose text={schema.description} />
        </p>
      )}
      {products.map((product) => (
        <section key={product.name} class="product">
          <h3>
            <b>{product.name}</b> {product.version}
            <span class="muted">{[product.domain, product.owner].filter(Boolean).join(" · ")}</span>
          </h3>
          <WaysIn members={offeredBy(product.name)} />
        </section>
      ))}
      {others.length > 0 && <h3>{products.length === 0 ? "Ways in" : "Further ways in"}</h3>}
      <WaysIn members={others} />
    </>
  );
}

function WaysIn({ members }: { members: readonly { readonly root: string; readonly field: AnyField }[] }) {
  return (
    <ul class="members">
      {members.map(({ root, field }) => (
        <Member key={`${root}.${field.name}`} owner={root} member={field} path={[root]} />
      ))}
    </ul>
  );
}

function TypePlace({ schema, type }: { readonly schema: GraphQLSchema; readonly type: GraphQLNamedType }) {
  const members = Object.values(fieldsOf(type));
  const possible = isUnionType(type) || isInterfaceType(type) ? schema.getPossibleTypes(type) : [];
  return (
    <>
      <h3 class="title">
        <code>{type.name}</code> <span class="kind">{kindOf(type)}</span>
      </h3>
      <Facts coordinate={type.name} />
      {type.description && (
        <p class="description">
          <Prose text={type.description} />
        </p>
      )}
      {possible.length > 0 && (
        <p>
          One of{" "}
          {possible.map((option) => (
            <TypeLink key={option.name} type={option} path={[type.name]} />
          ))}
        </p>
      )}
      {isEnumType(type) && (
        <ul class="members">
          {type.getValues().map((value) => (
            <li key={value.name}>
              <code class={value.deprecationReason == null ? "" : "struck"}>{value.name}</code>
              {value.description && (
                <p class="description">
                  <Prose text={value.description} />
                </p>
              )}
              <Deprecated reason={value.deprecationReason} />
            </li>
          ))}
        </ul>
      )}
      <ul class="members">
        {members.map((member) => (
          <Member key={member.name} owner={type.name} member={member} path={explorerPath.value} />
        ))}
      </ul>
    </>
  );
}

type AnyField = GraphQLField<unknown, unknown> | GraphQLInputField;

function Member({ owner, member, path }: { owner: string; member: AnyField; path: readonly string[] }) {
  const coordinate = `${owner}.${member.name}`;
  const own = facts.value.coordinates[coordinate];
  return (
    <li>
      <div class="signature">
        <button type="button" class="link" onClick={() => go([...path, coordinate])}>
          <code class={member.deprecationReason == null ? "" : "struck"}>{member.name}</code>
        </button>
        {"args" in member && member.args.length > 0 && <span class="muted">(…)</span>}
        <span class="muted">: </span>
        <TypeLink type={member.type} path={path} />
        {own?.personalData !== undefined && <span class="tag personal">{own.personalData.join(", ")}</span>}
      </div>
      {member.description && (
        <p class="description brief">
          <Prose text={member.description} />
        </p>
      )}
      <Deprecated reason={member.deprecationReason} />
    </li>
  );
}

function FieldPlace({ coordinate, field }: { readonly coordinate: string; readonly field: AnyField }) {
  const args: readonly GraphQLArgument[] = "args" in field ? field.args : [];
  return (
    <>
      <h3 class="title">
        <code>{field.name}</code>
        <span class="muted">: </span>
        <TypeLink type={field.type} path={explorerPath.value} />
      </h3>
      <Facts coordinate={coordinate} />
      <Deprecated reason={field.deprecationReason} />
      {field.description && (
        <p class="description">
          <Prose text={field.description} />
        </p>
      )}
      {args.length > 0 && <h3>Arguments</h3>}
      <ul class="members">
        {args.map((argument) => (
          <li key={argument.name}>
            <div class="signature">
              <code class={argument.deprecationReason == null ? "" : "struck"}>{argument.name}</code>
              <span class="muted">: </span>
              <TypeLink type={argument.type} path={explorerPath.value} />
            </div>
            {argument.description && (
              <p class="description">
                <Prose text={argument.description} />
              </p>
            )}
            <Deprecated reason={argument.deprecationReason} />
          </li>
        ))}
      </ul>
    </>
  );
}

function TypeLink({ type, path }: { readonly type: GraphQLType; readonly path: readonly string[] }) {
  const { name } = getNamedType(type);
  return (
    <button type="button" class="link type" onClick={() => go([...path, name])}>
      <code>{String(type)}</code>
    </button>
  );
}

function Deprecated({ reason }: { readonly reason: string | null | undefined }) {
  if (reason == null) return null;
  return (
    <p class="deprecated">
      Deprecated: <Prose text={reason} />
    </p>
  );
}

/** What the mesh's directives say; a field without its own product has its type's. */
function Facts({ coordinate }: { readonly coordinate: string }) {
  const { coordinates, products } = facts.value;
  const own: CoordinateFacts = coordinates[coordinate] ?? {};
  const names = own.products ?? coordinates[coordinate.split(".", 1)[0] ?? ""]?.products ?? [];
  const entries: [string, string][] = [];
  for (const name of names) {
    const product = products.find((candidate) => candidate.name === name);
    entries.push([
      "Product",
      [name, product?.version, product?.owner && `owned by ${product.owner}`].filter(Boolean).join(" · "),
    ]);
  }
  if (own.personalData !== undefined) entries.push(["Personal data", own.personalData.join(", ")]);
  if (own.classification !== undefined) entries.push(["Classified", own.classification]);
  if (own.purposes !== undefined) entries.push(["Purposes", own.purposes.join(", ")]);
  if (own.since !== undefined) entries.push(["Since", `version ${own.since}`]);
  if (own.sunset !== undefined) entries.push(["Stops on", formatDate(new Date(own.sunset))]);
  if (own.replacedBy !== undefined) entries.push(["Use instead", own.replacedBy]);
  if (entries.length === 0) return null;
  return (
    <dl class="facts">
      {entries.map(([name, value]) => (
        <div key={`${name}${value}`}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function fieldsOf(type: GraphQLNamedType): Readonly<Record<string, AnyField>> {
  return isObjectType(type) || isInterfaceType(type) || isInputObjectType(type) ? type.getFields() : {};
}

function kindOf(type: GraphQLNamedType): string {
  if (isObjectType(type)) return "type";
  if (isInterfaceType(type)) return "interface";
  if (isUnionType(type)) return "union";
  if (isEnumType(type)) return "enum";
  return isInputObjectType(type) ? "input" : "scalar";
}
