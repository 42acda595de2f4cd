import { formatDuration, formatRelative } from "../format-quantity.ts";
import { clearHistory, history } from "../state/history.ts";
import { open } from "../state/operation.ts";
import { sidebarOpen } from "../state/panels.ts";

export function History() {
  if (history.value.length === 0)
    return <p class="empty">Operations that you run appear here, in this browser only.</p>;
  return (
    <>
      <ul class="cards">
        {history.value.map((entry) => (
          <li key={entry.at}>
            <button
              type="button"
              class="card"
              onClick={() => {
                open(entry);
                sidebarOpen.value = false;
              }}
            >
              <code>{summarise(entry.query)}</code>
              <span>
                <b class={entry.status < 400 ? "good" : "bad"}>{entry.status}</b> · {formatDuration(entry.durationMs)} ·{" "}
                {formatRelative((entry.at - Date.now()) / 1000)}
              </span>
            </button>
          </li>
        ))}
      </ul>
      <button type="button" class="quiet" onClick={clearHistory}>
        Clear history
      </button>
    </>
  );
}

/** The operation's first words, without comments and line breaks. */
function summarise(query: string): string {
  return query
    .replaceAll(/#[^\n]*/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim()
    .slice(0, 90);
}
