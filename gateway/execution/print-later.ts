import type { LaterPayload } from "./executor.ts";

/** What comes later as JSON texts, each as soon as it is there: the payloads of incremental delivery. */
export async function* printLater(payloads: AsyncIterable<LaterPayload>): AsyncGenerator<string, void, undefined> {
  for await (const { fragments, extensions, hasNext } of payloads) {
    const incremental = fragments.map(({ text, path, label, errors }) => {
      const named = label === undefined ? "" : `,"label":${JSON.stringify(label)}`;
      const failed = errors.length === 0 ? "" : `,"errors":${JSON.stringify(errors)}`;
      return `{"data":${text},"path":${JSON.stringify(path)}${named}${failed}}`;
    });
    const more = Object.keys(extensions).length === 0 ? "" : `,"extensions":${JSON.stringify(extensions)}`;
    yield `{"incremental":[${incremental.join(",")}]${more},"hasNext":${hasNext}}`;
  }
}
