import { Button } from "@mantine/core";
import { type ErrorComponentProps, Link } from "@tanstack/react-router";
import { Notice, TroubleNotice } from "@/components/Notice";
import { troubleOf } from "@/lib/errors";

/** An address that leads nowhere. */
export function NotFound() {
  return (
    <main id="content">
      <h1 className="visually-hidden">Not found</h1>
      <Notice
        title="There is no page at this address"
        action={
          <Button size="xs" variant="default" renderRoot={(props) => <Link to="/" search={{}} {...props} />}>
            To the overview
          </Button>
        }
      />
    </main>
  );
}

/** A page that broke while it was drawn; the navigation around it stays. */
export function PageTrouble({ error, reset }: ErrorComponentProps) {
  return (
    <main id="content" data-testid="error-boundary">
      <h1 className="visually-hidden">Error</h1>
      <TroubleNotice trouble={drawingTrouble(error)} onRetry={reset} />
    </main>
  );
}

function drawingTrouble(error: unknown) {
  return {
    ...troubleOf(error),
    title: "This page could not be drawn",
    remedy:
      "Try again. If it stays, reload; the other pages work. This is a mistake of ours: please report the text above.",
    retry: true,
  };
}
