/** Who asks and why: a token and a purpose, for this tab. */
import { useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { formatRelative } from "../format-quantity.ts";
import { claims, purpose, readClaims, token } from "../state/caller.ts";
import { loadSchema } from "../state/schema.ts";

/** One line about the caller, for the button that opens the dialog. */
export function callerSummary(): { readonly text: string; readonly expired: boolean } {
  const known = claims.value;
  if (token.value === "") return { text: "Anonymous", expired: false };
  const expired = known?.expires !== undefined && known.expires.getTime() < Date.now();
  const why = purpose.value === "" ? "" : ` · ${purpose.value}`;
  return { text: `${known?.subject ?? "Token"}${why}${expired ? " (expired)" : ""}`, expired };
}

export function CallerDialog({ dialog }: { readonly dialog: RefObject<HTMLDialogElement | null> }) {
  const draftToken = useSignal(token.value);
  const draftPurpose = useSignal(purpose.value);
  const draftClaims = readClaims(draftToken.value);
  const use = (newToken: string, newPurpose: string): void => {
    token.value = newToken.replace(/^Bearer\s+/i, "").trim();
    purpose.value = newPurpose.trim();
    draftToken.value = token.value;
    draftPurpose.value = purpose.value;
    dialog.current?.close();
    // What a caller may see of the schema can depend on who it is.
    void loadSchema();
  };
  return (
    <dialog ref={dialog} aria-labelledby="caller-title">
      <form
        method="dialog"
        onSubmit={(event) => {
          event.preventDefault();
          use(draftToken.value, draftPurpose.value);
        }}
      >
        <h2 id="caller-title">Who asks, and why</h2>
        <p class="muted">
          Policies decide by the caller and the declared purpose. A token for the example mesh:{" "}
          <code>npm run datamesh -- token --as analyst</code>
        </p>
        <label>
          Bearer token
          <textarea
            rows={5}
            spellcheck={false}
            autocomplete="off"
            placeholder="eyJhbGciOi…"
            value={draftToken.value}
            onInput={(event) => {
              draftToken.value = event.currentTarget.value;
            }}
          />
        </label>
        {draftToken.value.trim() !== "" && (
          <p class={`claims ${draftClaims === undefined ? "bad" : ""}`}>
            {draftClaims === undefined ? (
              "This is not a JSON Web Token; the server will refuse it."
            ) : (
              <>
                <b>{draftClaims.subject}</b>
                {draftClaims.roles.length > 0 && ` · roles ${draftClaims.roles.join(", ")}`}
                {draftClaims.expires !== undefined &&
                  ` · ends ${formatRelative((draftClaims.expires.getTime() - Date.now()) / 1000)}`}
              </>
            )}
          </p>
        )}
        <label>
          Purpose
          <input
            list="purposes"
            autocomplete="off"
            placeholder="none"
            value={draftPurpose.value}
            onInput={(event) => {
              draftPurpose.value = event.currentTarget.value;
            }}
          />
          <datalist id="purposes">
            {draftClaims?.purposes.map((name) => (
              <option key={name} value={name} />
            ))}
          </datalist>
        </label>
        {draftClaims !== undefined && draftClaims.purposes.length > 0 && (
          <p class="muted">
            Granted:{" "}
            {draftClaims.purposes.map((name) => (
              <button
                key={name}
                type="button"
                class="chip"
                onClick={() => {
                  draftPurpose.value = name;
                }}
              >
                {name}
              </button>
            ))}
          </p>
        )}
        <p class="muted">Both stay in this browser tab and are gone when it closes.</p>
        <footer>
          <button type="button" class="quiet" onClick={() => use("", "")}>
            Ask as nobody
          </button>
          <button type="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
          <button type="submit" class="primary">
            Use
          </button>
        </footer>
      </form>
    </dialog>
  );
}
