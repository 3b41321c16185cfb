using System.Globalization;
using System.Xml;

namespace SecretsFirewall.Cli.Selftest;

/// <summary>The JUnit XML that build servers read: a test case for each check.</summary>
internal static class JUnitReport
{
    public static void Write(string path, SelftestReport report)
    {
        using var writer = XmlWriter.Create(path, new XmlWriterSettings { Indent = true });
        writer.WriteStartElement("testsuite");
        writer.WriteAttributeString("name", "sfw selftest");
        writer.WriteAttributeString("tests", Count(report, null));
        writer.WriteAttributeString("failures", Count(report, SelftestState.Failed));
        writer.WriteAttributeString("skipped", Count(report, SelftestState.Skipped));
        foreach (var check in report.Checks)
        {
            writer.WriteStartElement("testcase");
            writer.WriteAttributeString("classname", string.Create(CultureInfo.InvariantCulture, $"invariant {check.Invariant}"));
            writer.WriteAttributeString("name", check.Name);
            writer.WriteAttributeString("time", check.Took.TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture));
            if (check.State is not SelftestState.Passed)
            {
                writer.WriteStartElement(check.State is SelftestState.Failed ? "failure" : "skipped");
                writer.WriteAttributeString("message", check.Detail);
                writer.WriteEndElement();
            }

            writer.WriteEndElement();
        }

        writer.WriteEndElement();
    }

    private static string Count(SelftestReport report, SelftestState? state) =>
        report.Checks.Count(check => state is null || check.State == state).ToString(CultureInfo.InvariantCulture);
}
