import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { mockServer, strictPolicy } from "./dev/mock-server.ts";

const server = process.env.HINDCAST_URL ?? "http://127.0.0.1:8480";

// biome-ignore lint/style/noDefaultExport: vite loads the default export
export default defineConfig(({ mode }) => ({
  plugins: [react(), strictPolicy(), mode === "mock" ? mockServer() : []],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  server: {
    host: "127.0.0.1",
    proxy: mode === "mock" ? {} : { "/graphql": { target: server, ws: true } },
  },
  build: {
    // One chunk of this size is cheaper from a local binary than the round trips of many.
    chunkSizeWarningLimit: 900,
    sourcemap: false,
    // Fonts and images stay files: data: addresses would need an exception in the content policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  test: {
    environment: "jsdom",
    setupFiles: ["./dev/test-setup.ts"],
    include: ["src/**/*.test.{ts,tsx}"],
    restoreMocks: true,
    testTimeout: 60_000,
    env: { TZ: "UTC" },
  },
}));
