/** The directive as Apollo Server defines it, for subgraphs that use it; composition leaves it behind. */
export const cacheControlDefinition: string = `directive @cacheControl(
  maxAge: Int
  scope: CacheControlScope
  inheritMaxAge: Boolean
) on FIELD_DEFINITION | OBJECT | INTERFACE | UNION

enum CacheControlScope @inaccessible {
  PUBLIC
  PRIVATE
}`;
