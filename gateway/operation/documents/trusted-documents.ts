/** The documents of a manifest that may be asked for by their ids, as the file last said them. */
import { readFile, stat } from "node:fs/promises";
import { type DocumentNode, Kind, stripIgnoredCharacters } from "graphql";
import { type Finding, printFinding } from "#schema";
import { gatewayError } from "../../errors.ts";
import { startPolling } from "../../supergraph/poll.ts";
import type { ReadDocument } from "../read-document.ts";
import { readTrustedDocuments, type TrustedDocument } from "./read-trusted-documents.ts";

export interface TrustedDocumentsConfig {
  readonly file: string;
  /** Whether any other text is refused. */
  readonly only: boolean;
  /** Looks after so long whether the file has changed; only `reload` does by default. */
  readonly pollMs?: number | undefined;
  /** Told what is wrong with the file, and which documents do not fit the graph. */
  onFindings(findings: readonly Finding[]): void;
}

export interface TrustedDocuments {
  readonly only: boolean;
  /** The text of an id. */
  get(id: string): string | undefined;
  /** The trusted text that has the same tokens: whitespace, commas and comments do not count. */
  find(text: string): string | undefined;
  /** Reads the file again and checks what changed; what cannot be read is told and changes nothing. Never rejects. */
  reload(): Promise<void>;
  /**
   * Tells which documents do not fit a graph, now and after each reload. They stay trusted: the next graph may have what
   * they ask for. Lets other work go on between two documents; a later call ends an earlier one.
   */
  check(read: (text: string) => ReadDocument): Promise<void>;
  close(): void;
}

const maxReportedFindings = 50;

/** @throws ClientError TRUSTED_DOCUMENTS_INVALID (rejects), with the findings in its message */
export async function createTrustedDocuments({
  file,
  only,
  pollMs,
  onFindings,
}: TrustedDocumentsConfig): Promise<TrustedDocuments> {
  // Asked before it is read: what is written meanwhile is another version.
  let seen = await versionOf(file);
  const first = await readManifest(file);
  if (first.kind === "faulty") {
    const findings = limited(first.findings, file, 5).map((finding) => `\n  ${printFinding(finding)}`);
    throw gatewayError("TRUSTED_DOCUMENTS_INVALID", `the trusted documents cannot be used:${findings.join("")}`);
  }
  let current = first;
  let readCurrent: ((text: string) => ReadDocument) | undefined;
  let checks = 0;
  let told: string | undefined;

  const check = async (read: (text: string) => ReadDocument): Promise<void> => {
    readCurrent = read;
    const own = ++checks;
    const findings: Finding[] = [];
    for (const document of current.documents) {
      await new Promise(setImmediate);
      if (own !== checks) return;
      const problem = problemOf(document, read(document.text));
      if (problem === undefined) continue;
      const { path } = document;
      findings.push({ level: "warning", code: "trusted-document-invalid", message: problem, place: { file }, path });
    }
    if (findings.length > 0) onFindings(limited(findings, file));
  };

  const reload = async (): Promise<void> => {
    const version = await versionOf(file);
    if (version !== undefined && version === seen) return;
    seen = version;
    const next = await readManifest(file);
    if (next.kind === "faulty") {
      const fault = JSON.stringify(next.findings);
      if (fault !== told) onFindings(limited(next.findings, file)); // who polls would otherwise hear it every time
      told = fault;
      return;
    }
    told = undefined;
    if (next.source === current.source) return;
    current = next;
    if (readCurrent !== undefined) await check(readCurrent);
  };
  const polling = pollMs === undefined ? undefined : startPolling(reload, pollMs);

  return {
    only,
    get: (id) => current.byId.get(id),
    find(text) {
      const same = current.byText.get(text);
      if (same !== undefined) return same;
      const tokens = tokensOf(text);
      return tokens === undefined ? undefined : current.byTokens.get(tokens);
    },
    reload,
    check,
    close: () => polling?.stop(),
  };
}

/** Another one whenever the file was written or replaced; undefined when it cannot be asked. */
async function versionOf(file: string): Promise<string | undefined> {
  try {
    const { mtimeMs, size, ino } = await stat(file);
    return `${mtimeMs} ${size} ${ino}`;
  } catch {
    return undefined;
  }
}

interface Manifest {
  readonly kind: "read";
  readonly source: string;
  readonly documents: readonly TrustedDocument[];
  readonly byId: ReadonlyMap<string, string>;
  readonly byText: ReadonlyMap<string, string>;
  /** By the text without what means nothing; whatever is no GraphQL can be asked for by its id only. */
  readonly byTokens: ReadonlyMap<string, string>;
}

async function readManifest(
  file: string,
): Promise<Manifest | { readonly kind: "faulty"; readonly findings: readonly Finding[] }> {
  let source: string;
  try {
    source = (await readFile(file, "utf8")).replace(/^\ufeff/, "");
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "it cannot be read";
    const message = `The file cannot be read (${reason}).`;
    return { kind: "faulty", findings: [{ level: "error", code: "file-unreadable", message, place: { file } }] };
  }
  const { value: documents, findings } = readTrustedDocuments(source, file);
  if (documents === undefined) return { kind: "faulty", findings };
  const byTokens = documents.flatMap(({ text }): (readonly [string, string])[] => {
    const tokens = tokensOf(text);
    return tokens === undefined ? [] : [[tokens, text]];
  });
  return {
    kind: "read",
    source,
    documents,
    byId: new Map(documents.map(({ id, text }) => [id, text])),
    byText: new Map(documents.map(({ text }) => [text, text])),
    byTokens: new Map(byTokens),
  };
}

function tokensOf(text: string): string | undefined {
  try {
    return stripIgnoredCharacters(text);
  } catch {
    return undefined; // no GraphQL, so it has no tokens
  }
}

function problemOf({ id, operation }: TrustedDocument, read: ReadDocument): string | undefined {
  const name = operation === undefined ? `The document ${JSON.stringify(id)}` : `The operation ${operation.name}`;
  if (read.kind === "rejected") {
    const reason = (read.errors[0]?.message ?? "it is invalid").replace(/\.$/, "");
    return `${name} does not fit the graph: ${reason}. Publish the client's operations again, or take it out.`;
  }
  if (operation === undefined || holds(read.document, operation)) return undefined;
  return `${name} is a ${operation.type} by this entry, and its body holds none of that name: correct \`name\` or \`type\`.`;
}

function holds(document: DocumentNode, { name, type }: NonNullable<TrustedDocument["operation"]>): boolean {
  return document.definitions.some(
    (node) => node.kind === Kind.OPERATION_DEFINITION && node.name?.value === name && node.operation === type,
  );
}

function limited(findings: readonly Finding[], file: string, most = maxReportedFindings): readonly Finding[] {
  if (findings.length <= most) return findings;
  const message = `${findings.length - most} more like these.`;
  const level = findings[0]?.level ?? "warning";
  return [...findings.slice(0, most), { level, code: "more-findings", message, place: { file } }];
}
