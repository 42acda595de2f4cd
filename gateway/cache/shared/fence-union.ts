/** Many questions ask for the same fences: each is asked for once, and each question gets the stamp of its own. */
import type { AnnouncedVersion } from "../fence/known-versions.ts";
import type { FenceQuestion, FenceState } from "./shared-storage.ts";

export class FenceUnion {
  readonly #fields = new Map<string, Map<string, number>>();

  constructor(questions: readonly { readonly fences: readonly FenceQuestion[] }[]) {
    for (const { fences } of questions) {
      for (const { owner, fields } of fences) {
        const known = this.#fields.get(owner) ?? new Map<string, number>();
        this.#fields.set(owner, known);
        for (const field of fields) if (!known.has(field)) known.set(field, known.size);
      }
    }
  }

  get questions(): readonly FenceQuestion[] {
    return [...this.#fields].map(([owner, fields]) => ({ owner, fields: [...fields.keys()] }));
  }

  answeredBy(states: readonly FenceState[]): {
    stampOf(fences: readonly FenceQuestion[]): string;
    readonly versions: ReadonlyMap<string, AnnouncedVersion>;
  } {
    const stateByOwner = new Map([...this.#fields.keys()].map((owner, index) => [owner, states[index]]));
    const stampOfOwner = ({ owner, fields }: FenceQuestion): string => {
      const positions = this.#fields.get(owner);
      const state = stateByOwner.get(owner);
      const counts = fields.map((field) => state?.counts[positions?.get(field) ?? -1] ?? "");
      return `${state?.epoch ?? ""} ${counts.join(",")}`;
    };
    return {
      stampOf: (fences) => fences.map(stampOfOwner).join("|"),
      versions: new Map(
        [...stateByOwner].flatMap(([owner, state]) => (state?.version ? [[owner, state.version] as const] : [])),
      ),
    };
  }
}
