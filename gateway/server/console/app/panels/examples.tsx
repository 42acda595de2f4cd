import { examples, openExample } from "../state/examples.ts";
import { query } from "../state/operation.ts";
import { sidebarOpen } from "../state/panels.ts";
import { start } from "../state/run.ts";
import { Prose } from "./prose.tsx";

export function Examples() {
  if (examples.value.length === 0) return <p class="empty">This mesh has no example queries yet.</p>;
  return (
    <ul class="cards">
      {examples.value.map((example) => (
        <li key={example.title}>
          <button
            type="button"
            class="card"
            aria-current={query.value === example.query.trim()}
            onClick={() => {
              openExample(example);
              sidebarOpen.value = false;
            }}
            onDblClick={() => void start()}
          >
            <strong>{example.title}</strong>
            <span>
              <Prose text={example.description} />
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}
