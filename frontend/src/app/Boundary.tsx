import { Component, type ReactNode } from "react";
import classes from "./Boundary.module.css";

interface BoundaryState {
  error: Error | null;
}

/** The last line: when even the frame cannot be drawn, something readable stands there. */
export class Boundary extends Component<{ children: ReactNode }, BoundaryState> {
  override state: BoundaryState = { error: null };

  static getDerivedStateFromError(error: unknown): BoundaryState {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render(): ReactNode {
    if (!this.state.error) {
      return this.props.children;
    }
    return (
      <main className={classes.page} data-testid="error-boundary" role="alert">
        <h1>The page broke</h1>
        <p>{this.state.error.message}</p>
        <p>
          Reload it. The same figures without a page: <code>hindcast status</code>
        </p>
        <button type="button" onClick={() => window.location.reload()}>
          Reload
        </button>
      </main>
    );
  }
}
