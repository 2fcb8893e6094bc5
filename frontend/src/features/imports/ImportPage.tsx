export function ImportPage() {
  return <main id="content" />;
}
