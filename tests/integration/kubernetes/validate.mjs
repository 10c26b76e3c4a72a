// Every object of the manifests against the schema of its kind. Usage: validate.mjs FILE...
import { readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";

const packageOf = (version) =>
  version.startsWith("monitoring.") ? "@kubernetes-models/prometheus-operator" : "kubernetes-models";

let failures = 0;
for (const file of process.argv.slice(2)) {
  for (const document of parseAllDocuments(readFileSync(file, "utf8"))) {
    const object = document.toJS();
    const module = await import(`${packageOf(object.apiVersion)}/${object.apiVersion}/${object.kind}`);
    try {
      new module[object.kind](object).validate();
      console.log(`${object.kind} ${object.metadata.name}: good`);
    } catch (error) {
      console.log(`${file}: ${object.kind} ${object.metadata.name}: ${error.message}`);
      ++failures;
    }
  }
}
process.exit(failures === 0 ? 0 : 1);
