namespace GpuVae.Tests.Support.Ptx;

/// <summary>The bits of a result from the bits of up to three sources; those beyond the last are 0.</summary>
internal delegate ulong PtxFunction(ulong a, ulong b, ulong c);

/// <summary>The instructions that compute one value from others, as the PTX ISA defines them.</summary>
internal static class PtxFunctions
{
    private static readonly Dictionary<string, PtxFunction> _all = new()
    {
        ["mov.b32"] = (a, _, _) => (uint)a,
        ["mov.u32"] = (a, _, _) => (uint)a,
        ["mov.f32"] = (a, _, _) => (uint)a,
        ["mov.b64"] = (a, _, _) => a,
        ["mov.u64"] = (a, _, _) => a,
        ["cvta.to.global.u64"] = (a, _, _) => a,
        ["cvt.s64.s32"] = (a, _, _) => (ulong)(int)a,
        ["cvt.u64.u32"] = (a, _, _) => (uint)a,
        ["add.s32"] = (a, b, _) => (uint)(a + b),
        ["add.u32"] = (a, b, _) => (uint)(a + b),
        ["add.s64"] = (a, b, _) => a + b,
        ["add.u64"] = (a, b, _) => a + b,
        ["sub.s32"] = (a, b, _) => (uint)(a - b),
        ["sub.s64"] = (a, b, _) => a - b,
        ["mul.lo.s32"] = (a, b, _) => (uint)(a * b),
        ["mul.lo.s64"] = (a, b, _) => a * b,
        ["mul.wide.s32"] = (a, b, _) => (ulong)((long)(int)a * (int)b),
        ["mul.wide.u32"] = (a, b, _) => (ulong)(uint)a * (uint)b,
        ["mad.lo.s32"] = (a, b, c) => (uint)((a * b) + c),
        ["div.s32"] = (a, b, _) => (uint)((int)a / (int)b),
        ["rem.s32"] = (a, b, _) => (uint)((int)a % (int)b),
        ["min.s32"] = (a, b, _) => (uint)Math.Min((int)a, (int)b),
        ["max.s32"] = (a, b, _) => (uint)Math.Max((int)a, (int)b),
        ["shl.b32"] = (a, b, _) => (uint)b < 32 ? (uint)a << (int)b : 0,
        ["shl.b64"] = (a, b, _) => (uint)b < 64 ? a << (int)b : 0,
        ["shr.s32"] = (a, b, _) => (uint)((int)a >> (int)Math.Min((uint)b, 31)),
        ["shr.u32"] = (a, b, _) => (uint)b < 32 ? (uint)a >> (int)b : 0,
        ["and.b32"] = (a, b, _) => (uint)(a & b),
        ["or.b32"] = (a, b, _) => (uint)(a | b),
        ["xor.b32"] = (a, b, _) => (uint)(a ^ b),
        ["and.pred"] = (a, b, _) => a & b,
        ["or.pred"] = (a, b, _) => a | b,
        ["not.pred"] = (a, _, _) => a ^ 1,
        ["selp.b32"] = (a, b, c) => c != 0 ? (uint)a : (uint)b,
        ["selp.f32"] = (a, b, c) => c != 0 ? (uint)a : (uint)b,
        ["setp.lt.s32"] = (a, b, _) => Bit((int)a < (int)b),
        ["setp.le.s32"] = (a, b, _) => Bit((int)a <= (int)b),
        ["setp.gt.s32"] = (a, b, _) => Bit((int)a > (int)b),
        ["setp.ge.s32"] = (a, b, _) => Bit((int)a >= (int)b),
        ["setp.eq.s32"] = (a, b, _) => Bit((int)a == (int)b),
        ["setp.ne.s32"] = (a, b, _) => Bit((int)a != (int)b),
        ["setp.eq.u32"] = (a, b, _) => Bit((uint)a == (uint)b),
        ["setp.lt.f32"] = (a, b, _) => Bit(Number(a) < Number(b)),
        ["setp.gt.f32"] = (a, b, _) => Bit(Number(a) > Number(b)),
        ["add.f32"] = (a, b, _) => Bits(Number(a) + Number(b)),
        ["sub.f32"] = (a, b, _) => Bits(Number(a) - Number(b)),
        ["mul.f32"] = (a, b, _) => Bits(Number(a) * Number(b)),
        ["div.rn.f32"] = (a, b, _) => Bits(Number(a) / Number(b)),
        ["neg.f32"] = (a, _, _) => (uint)a ^ 0x80000000,
        ["abs.f32"] = (a, _, _) => (uint)a & 0x7FFFFFFF,
        ["ex2.approx.f32"] = (a, _, _) => Bits((float)Math.Pow(2, Number(a))),
        ["cvt.rna.tf32.f32"] = (a, _, _) => RoundToTf32((uint)a),
        ["cvt.rn.bf16x2.f32"] = (a, b, _) => ((ulong)RoundToBf16((uint)a) << 16) | RoundToBf16((uint)b),
    };

    // What needs more than the values of its sources; the machine does these itself.
    private static readonly string[] _others =
    [
        "ld.param.b32", "ld.param.b64", "ld.param.f32", "ld.global.f32", "ld.shared.f32", "ld.shared.v2.f32",
        "ld.global.v4.f32", "st.global.f32", "st.shared.f32", "st.shared.v2.f32", "bar.sync", "ret",
        "cp.async.cg.shared.global", "cp.async.ca.shared.global", "cp.async.commit_group", "cp.async.wait_group",
        PtxTensor.Tf32, PtxTensor.Bf16,
    ];

    public static PtxFunction? Find(string opcode) =>
        _all.TryGetValue(opcode, out PtxFunction? function) || _others.Contains(opcode)
            ? function
            : throw new NotSupportedException($"The machine does not know {opcode}.");

    public static float Number(ulong bits) => BitConverter.UInt32BitsToSingle((uint)bits);

    public static ulong Bits(float value) => BitConverter.SingleToUInt32Bits(value);

    /// <summary>To the nearest number with 10 bits after the point, halves away from zero.</summary>
    public static uint RoundToTf32(uint bits) =>
        (bits & 0x7F800000) == 0x7F800000 ? bits : (bits + 0x1000) & ~0x1FFFu;

    /// <summary>To the nearest number with 7 bits after the point, halves to even: the upper half of its bits.</summary>
    public static ushort RoundToBf16(uint bits) =>
        float.IsNaN(Number(bits)) ? (ushort)0x7FFF : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);

    private static ulong Bit(bool value) => value ? 1u : 0u;
}
