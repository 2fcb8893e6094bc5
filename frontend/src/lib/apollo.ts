import { ApolloClient, ApolloLink, HttpLink } from "@apollo/client";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { OperationTypeNode } from "graphql";
import { createCache } from "./cache";
import type { LiveSocket } from "./connection";

/** The address of the socket that belongs to a page. */
export function socketUrl(page: Location): string {
  return `${page.protocol === "https:" ? "wss" : "ws"}://${page.host}/graphql`;
}

/** Queries by POST, subscriptions over the socket, everything to the server that the page came from. */
export function createClient(socket: LiveSocket): ApolloClient {
  const http = new HttpLink({
    uri: "/graphql",
    // A page of another origin cannot set a header of its own: the server asks for it.
    headers: { "X-Hindcast-CSRF": "1" },
    credentials: "same-origin",
  });
  return clientOver(
    ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      new GraphQLWsLink(socket.client),
      http,
    ),
  );
}

/** A client with our cache over any transport. */
export function clientOver(link: ApolloLink): ApolloClient {
  return new ApolloClient({
    link,
    cache: createCache(),
    // An answer that is on its way may be older than the change that made somebody ask again.
    queryDeduplication: false,
    defaultOptions: { watchQuery: { notifyOnNetworkStatusChange: false } },
  });
}
