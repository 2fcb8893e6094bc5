import type { CodegenConfig } from "@graphql-codegen/cli";

const config: CodegenConfig = {
  schema: "../graph/*.graphqls",
  documents: ["src/**/*.{ts,tsx}", "!src/gql/**"],
  generates: {
    "./src/gql/": {
      preset: "client",
      // Apollo has a hook called useFragment; the generated function is no hook.
      presetConfig: { fragmentMasking: { unmaskFunctionName: "unmask" } },
      config: {
        useTypeImports: true,
        enumsAsTypes: true,
        strictScalars: true,
        scalars: { Time: "string", Duration: "string", Labels: "Record<string, string>" },
      },
    },
  },
};

// biome-ignore lint/style/noDefaultExport: the code generator loads the default export
export default config;
