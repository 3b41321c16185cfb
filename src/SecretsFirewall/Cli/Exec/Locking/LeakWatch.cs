using System.Diagnostics;
using System.Net.Sockets;
using SecretsFirewall.Model;

namespace SecretsFirewall.Cli.Exec.Locking;

/// <summary>
/// Sees where a command tries to connect past the proxy. In its network namespace every address is made one of the loopback interface's own
/// (ip-route(8), type local): each attempt becomes a packet that can be seen there, and is refused at once since nobody listens.
/// </summary>
internal sealed class LeakWatch : IDisposable
{
    // ETH_P_ALL in network byte order (packet(7)).
    private const ProtocolType AllPackets = (ProtocolType)0x0300;

    private static readonly string[][] Routes = [["route", "add", "local", "0.0.0.0/0", "dev", "lo"], ["-6", "route", "add", "local", "::/0", "dev", "lo"]];

    private readonly Socket _socket = new(AddressFamily.Packet, SocketType.Raw, AllPackets);
    private readonly CancellationTokenSource _stop = new();
    private readonly LeakTable _table = new();
    private readonly Task _reading;

    private LeakWatch() => _reading = ReadAsync();

    public static async Task<LeakWatch> StartAsync()
    {
        foreach (var route in Routes)
        {
            using var ip = Process.Start(new ProcessStartInfo("ip", route) { RedirectStandardError = true })!;
            await ip.StandardError.ReadToEndAsync(); // a system without IPv6 has no such attempts either
            await ip.WaitForExitAsync();
        }

        return new LeakWatch();
    }

    public async Task<List<Leak>> StopAsync()
    {
        // What the command did last is in the socket's buffer already: loopback delivers before a call returns.
        while (_socket.Available > 0 && !_reading.IsCompleted)
        {
            await Task.Yield();
        }

        await _stop.CancelAsync();
        await _reading;
        return _table.ToList();
    }

    public void Dispose()
    {
        _socket.Dispose();
        _stop.Dispose();
    }

    private async Task ReadAsync()
    {
        var packet = TrafficBuffers.Rent(64 * 1024);
        try
        {
            while (true)
            {
                var count = await _socket.ReceiveAsync(packet, _stop.Token);
                _table.Add(packet.AsSpan(0, count));
            }
        }
        catch (OperationCanceledException)
        {
            // The command has ended.
        }
        finally
        {
            TrafficBuffers.Return(packet);
        }
    }
}
