/**
 * SQL text cut into statements, with the line on which each begins. Semicolons inside quotes, dollar quotes and comments
 * do not count. A statement keeps the comments before it: an `-- output: name` line among them names its output.
 */
export interface SqlStatement {
  /** Without the semicolon. */
  readonly text: string;
  /** 1-based line of its first character, which is neither blank nor comment. */
  readonly line: number;
  /** From a line `-- output: orders` before the statement. */
  readonly output: string | undefined;
}

/** Statements with content, in order. */
export function splitStatements(sql: string): readonly SqlStatement[] {
  const statements: SqlStatement[] = [];
  let content: number | undefined;
  let output: string | undefined;
  let at = 0;
  const finish = (end: number): void => {
    if (content !== undefined) {
      statements.push({ text: sql.slice(content, end), line: lineAt(sql, content), output });
    }
    content = undefined;
    output = undefined;
  };
  while (at < sql.length) {
    const skipped = skipComment(sql, at);
    if (skipped !== undefined) {
      if (content === undefined)
        output = /^--\s*output:\s*([^\s]+)\s*$/i.exec(sql.slice(at, skipped).trimEnd())?.[1] ?? output;
      at = skipped;
      continue;
    }
    const character = sql[at] ?? "";
    if (character === ";") {
      finish(at);
      at++;
      continue;
    }
    if (content === undefined && !/\s/.test(character)) content = at;
    at = skipQuoted(sql, at) ?? at + 1;
  }
  finish(sql.length);
  return statements;
}

function skipComment(sql: string, at: number): number | undefined {
  if (sql.startsWith("--", at)) {
    const end = sql.indexOf("\n", at);
    return end === -1 ? sql.length : end;
  }
  if (!sql.startsWith("/*", at)) return undefined;
  // Block comments nest in both engines' dialects.
  let depth = 1;
  let next = at + 2;
  while (next < sql.length && depth > 0) {
    if (sql.startsWith("/*", next)) [depth, next] = [depth + 1, next + 2];
    else if (sql.startsWith("*/", next)) [depth, next] = [depth - 1, next + 2];
    else next++;
  }
  return next;
}

/** The place after a quoted piece that begins here. */
function skipQuoted(sql: string, at: number): number | undefined {
  const quote = sql[at];
  if (quote === "'" || quote === '"') {
    const isEscaped = quote === "'" && /[eE]/.test(sql[at - 1] ?? "") && !/\w/.test(sql[at - 2] ?? "");
    let next = at + 1;
    while (next < sql.length) {
      if (isEscaped && sql[next] === "\\") next += 2;
      else if (sql[next] !== quote) next++;
      else if (sql[next + 1] === quote) next += 2;
      else return next + 1;
    }
    return sql.length;
  }
  if (quote === "$" && !/\w/.test(sql[at - 1] ?? "")) {
    const tag = /^\$(?:[A-Za-z_]\w*)?\$/.exec(sql.slice(at, at + 80))?.[0];
    if (tag === undefined) return undefined;
    const end = sql.indexOf(tag, at + tag.length);
    return end === -1 ? sql.length : end + tag.length;
  }
  return undefined;
}

function lineAt(sql: string, at: number): number {
  return sql.slice(0, at).split("\n").length;
}
