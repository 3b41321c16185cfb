using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using Serilog;
using Serilog.Events;
using Serilog.Extensions.Logging;
using Serilog.Sinks.File;

namespace SecretsFirewall.Cli.Running;

/// <summary>
/// The operational log: what the process did, in files of mode 0600 that roll daily. It is private and short-lived; what happened to
/// exchanges stands in the audit log. The libraries' informational events are left out, since they hold URLs, and all of the forwarder's,
/// since its exceptions quote what an upstream wrote.
/// </summary>
internal static class OperationalLog
{
    private const long MaxFileBytes = 16 * 1024 * 1024;

    private const int KeptFiles = 14;

    private const string Template = "{Timestamp:yyyy-MM-ddTHH:mm:ss.fffK} {Level:u3} {SourceContext} {Message:lj}{NewLine}{Exception}";

    public static ILoggerFactory Open(FirewallHome home)
    {
        var logger = new LoggerConfiguration()
            .MinimumLevel.Information()
            .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
            .MinimumLevel.Override("Yarp", LogEventLevel.Fatal)
            .WriteTo.File(
                Path.Combine(home.LogDirectory, "sfw-.log"),
                outputTemplate: Template,
                formatProvider: CultureInfo.InvariantCulture,
                rollingInterval: RollingInterval.Day,
                rollOnFileSizeLimit: true,
                fileSizeLimitBytes: MaxFileBytes,
                retainedFileCountLimit: KeptFiles,
                hooks: new OwnerOnly())
            .CreateLogger();
        return new SerilogLoggerFactory(logger, dispose: true);
    }

    /// <summary>The sink creates files as the process's umask says; these are ours alone.</summary>
    private sealed class OwnerOnly : FileLifecycleHooks
    {
        public override Stream OnFileOpened(string path, Stream underlyingStream, Encoding encoding)
        {
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }

            return base.OnFileOpened(path, underlyingStream, encoding);
        }
    }
}
