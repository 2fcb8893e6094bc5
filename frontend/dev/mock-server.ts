import type { IncomingMessage, ServerResponse } from "node:http";
import { execute, graphql, parse, subscribe, validate } from "graphql";
import { useServer } from "graphql-ws/use/ws";
import type { Plugin } from "vite";
import { WebSocketServer } from "ws";
import { createRoot, loadSchema } from "./mock/schema.ts";

/** The policy that the real server sends, so that a violation shows in development. */
export const contentPolicy =
  "default-src 'self'; script-src 'self'; style-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'self'";

/** Serves the built page under the policy: `vite preview`. */
export function strictPolicy(): Plugin {
  return {
    name: "hindcast-strict-policy",
    configurePreviewServer(vite) {
      vite.middlewares.use((_, response, next) => {
        response.setHeader("Content-Security-Policy", contentPolicy);
        next();
      });
    },
  };
}

async function body(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(Buffer.from(chunk));
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Answers /graphql with invented data: `npm run dev:mock`, and `vite preview --mode mock` under the real policy. */
export function mockServer(): Plugin {
  const schema = loadSchema();
  const rootValue = createRoot();
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { query, variables, operationName } = JSON.parse(await body(request));
    const result = await graphql({
      schema,
      rootValue,
      source: query,
      variableValues: variables,
      operationName,
    });
    response.setHeader("Content-Type", "application/json").end(JSON.stringify(result));
  };
  const socket = () => {
    const server = new WebSocketServer({ noServer: true });
    useServer({ schema, execute, subscribe, parse, validate, roots: { subscription: rootValue } }, server);
    return server;
  };
  return {
    name: "hindcast-mock",
    configureServer(vite) {
      vite.middlewares.use("/graphql", (request, response) => void answer(request, response));
      const sockets = socket();
      vite.httpServer?.on("upgrade", (request, raw, head) => {
        if (request.url === "/graphql") {
          sockets.handleUpgrade(request, raw, head, (ws) => sockets.emit("connection", ws, request));
        }
      });
    },
    configurePreviewServer(vite) {
      vite.middlewares.use("/graphql", (request, response) => void answer(request, response));
      const sockets = socket();
      vite.httpServer.on("upgrade", (request, raw, head) => {
        if (request.url === "/graphql") {
          sockets.handleUpgrade(request, raw, head, (ws) => sockets.emit("connection", ws, request));
        }
      });
    },
  };
}
