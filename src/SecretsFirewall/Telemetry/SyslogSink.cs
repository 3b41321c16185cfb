using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using SecretsFirewall.Audit;
using SecretsFirewall.Audit.Formats;

namespace SecretsFirewall.Telemetry;

/// <summary>
/// RFC 5424 messages over TLS (RFC 5425: each with its length before it). Facility 13 (log audit). The record follows the head as it is written in the
/// chosen format, in UTF-8 without a mark.
/// </summary>
internal sealed class SyslogSink(DnsEndPoint receiver, AuditFormat format, SslClientAuthenticationOptions tls) : IAuditSink
{
    private const int LogAudit = 13;

    private static readonly TimeSpan ConnectTime = TimeSpan.FromSeconds(15);

    private readonly string _hostName = Visible(Dns.GetHostName());
    private SslStream? _connection;

    public string Name => $"The syslog receiver {receiver.Host}:{receiver.Port.ToString(CultureInfo.InvariantCulture)}";

    public async ValueTask SendAsync(AuditEntry entry, CancellationToken cancellation)
    {
        try
        {
            _connection ??= await ConnectAsync(cancellation);
            await _connection.WriteAsync(Frame(entry), cancellation);
            await _connection.FlushAsync(cancellation);
        }
        catch (Exception fault) when (fault is IOException or SocketException or AuthenticationException)
        {
            await DropAsync();
            throw fault as IOException ?? new IOException("The syslog receiver cannot be reached.", fault);
        }
    }

    public ValueTask DisposeAsync() => DropAsync();

    /// <summary>One message with its length: <c>LENGTH SP &lt;PRI&gt;1 TIME HOST sfw PID TYPE - MESSAGE</c>.</summary>
    internal byte[] Frame(AuditEntry entry)
    {
        var level = AuditSeverities.Of(entry.Record) switch
        {
            AuditSeverity.Critical => 2,
            AuditSeverity.High => 3,
            AuditSeverity.Medium => 4,
            AuditSeverity.Low => 5,
            _ => 6,
        };
        var message = string.Create(
            CultureInfo.InvariantCulture,
            $"<{(LogAudit * 8) + level}>1 {entry.Timestamp.UtcDateTime:yyyy-MM-ddTHH:mm:ss.ffffffZ} {_hostName} sfw {Environment.ProcessId} {Visible(entry.Record.Type)} - {AuditFormats.Line(format, entry)}");
        return Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Encoding.UTF8.GetByteCount(message)} {message}"));
    }

    // Names in the head are visible ASCII without blanks, of at most 32 characters here.
    private static string Visible(string text)
    {
        var visible = new string([.. text.Where(static character => character is > ' ' and <= '~').Take(32)]);
        return visible.Length == 0 ? "-" : visible;
    }

    private async Task<SslStream> ConnectAsync(CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(ConnectTime);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(receiver, limit.Token);
            var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
            try
            {
                tls.TargetHost = receiver.Host;
                await stream.AuthenticateAsClientAsync(tls, limit.Token);
                return stream;
            }
            catch
            {
                await stream.DisposeAsync();
                throw;
            }
        }
        catch (OperationCanceledException fault) when (!cancellation.IsCancellationRequested)
        {
            socket.Dispose();
            throw new IOException("The syslog receiver does not answer.", fault);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async ValueTask DropAsync()
    {
        if (_connection is { } connection)
        {
            _connection = null;
            await connection.DisposeAsync();
        }
    }
}
