/**
 * What graphql-js says is wrong with an input value, without the value: it may be personal, and a message goes further
 * than to the client who sent it. Fields, types and suggestions stay. The mesh's own scalars quote no value.
 */
export function withoutValue(problem: string): string {
  return problem
    .replace(/^Value "[\s\S]*" does not exist in "(\w+)" enum/, 'The value does not exist in "$1" enum')
    .replace(/^((?:Enum "\w+"|\w+) cannot represent [\w ,-]*): [\s\S]*$/, "$1");
}
