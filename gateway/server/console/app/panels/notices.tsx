/** What an answer says beside its data, above it, in words. */
import { formatAge, formatDate, formatRelative } from "../format-quantity.ts";
import type { Notices as AllNotices, DeprecationNotice, ErrorNotice, ProductNotice } from "../read-notices.ts";
import { showInExplorer } from "../state/panels.ts";

export function Notices({ notices }: { readonly notices: AllNotices }) {
  const { errors, deprecations, products } = notices;
  if (errors.length + deprecations.length + products.length === 0) return null;
  return (
    <section class="notices" aria-label="Notices">
      {errors.map((error) => (
        <ErrorLine key={`${error.path}${error.message}`} error={error} />
      ))}
      {deprecations.map((use) => (
        <DeprecationLine key={use.coordinate ?? "operation"} use={use} />
      ))}
      {products.length > 0 && (
        <div class="products">
          <span class="label">Answered by</span>
          {products.map((product) => (
            <Product key={product.name} product={product} />
          ))}
        </div>
      )}
    </section>
  );
}

function ErrorLine({ error }: { readonly error: ErrorNotice }) {
  return (
    <div class="notice error" role="alert">
      <p>
        {error.code !== undefined && <code class="tag">{error.code}</code>} {error.message}
      </p>
      <p class="detail">
        {[
          error.path && `at ${error.path}`,
          error.at && `query ${error.at}`,
          error.product && `product ${error.product}`,
          error.owner && `owner ${error.owner}`,
        ]
          .filter(Boolean)
          .join(" · ")}
      </p>
    </div>
  );
}

function DeprecationLine({ use }: { readonly use: DeprecationNotice }) {
  const { coordinate, deprecatedSince, sunset, replacement, reason, link } = use;
  return (
    <div class="notice warning">
      <p>
        {coordinate === undefined ? "This operation uses something that" : <Coordinate text={coordinate} />} is
        deprecated
        {deprecatedSince !== undefined && ` since ${formatDate(deprecatedSince)}`}
        {sunset !== undefined && (
          <>
            {" and "}
            <strong>
              {sunset.getTime() > Date.now() ? "stops on" : "was to stop on"} {formatDate(sunset)}
            </strong>{" "}
            ({formatRelative((sunset.getTime() - Date.now()) / 1000)})
          </>
        )}
        .{" "}
        {replacement !== undefined && (
          <>
            Use <Coordinate text={replacement} /> instead.{" "}
          </>
        )}
      </p>
      <p class="detail">
        {[reason, use.product && `product ${use.product}`, use.owner && `owner ${use.owner}`]
          .filter(Boolean)
          .join(" · ")}
        {link !== undefined && (
          <>
            {" "}
            <a href={link} target="_blank" rel="noreferrer noopener">
              Read more
            </a>
          </>
        )}
      </p>
    </div>
  );
}

/** `Order.total` as a way into the schema explorer. */
function Coordinate({ text }: { readonly text: string }) {
  const match = /^([_A-Za-z]\w*)\.([_A-Za-z]\w*)/.exec(text);
  if (match === null) return <code>{text}</code>;
  return (
    <button type="button" class="link" onClick={() => showInExplorer([match[1] ?? "", match[0]])}>
      <code>{text}</code>
    </button>
  );
}

function Product({ product }: { readonly product: ProductNotice }) {
  const { name, version, ageSeconds, further } = product;
  return (
    <span class="chip" title={further.map(([key, value]) => `${key}: ${value}`).join("\n")}>
      <b>{name}</b>
      {version !== undefined && <span>{version}</span>}
      {ageSeconds !== undefined && <span class="muted">{formatAge(ageSeconds)} old</span>}
    </span>
  );
}
