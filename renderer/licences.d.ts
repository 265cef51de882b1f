// The licences of every package that ships, put together by build/licences.ts.
declare module 'virtual:licences' {
  export const licences: readonly { readonly name: string; readonly version: string; readonly licence: string; readonly text: string }[];
}
