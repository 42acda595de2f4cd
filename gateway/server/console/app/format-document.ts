import { parse, print } from "graphql";

/** The document as graphql-js prints it. Left alone: what cannot be parsed, and what has comments, which printing loses. */
export function formatDocument(text: string): string {
  try {
    const document = parse(text);
    for (let token = document.loc?.startToken; token; token = token.next ?? undefined) {
      if (token.kind === "Comment") return text;
    }
    return print(document);
  } catch {
    return text;
  }
}
