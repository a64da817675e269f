namespace GpuVae.Tests.Support.Ptx;

/// <summary>
/// D = A · B + C of a warp, A (16, K), B (K, 8), C (16, 8), with the registers of its lanes as the PTX ISA's sections
/// "Matrix Fragments for mma.m16n8k8" (.tf32) and "mma.m16n8k16" (.bf16) give their rows and columns.
/// </summary>
internal static class PtxTensor
{
    public const string Tf32 = "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32";
    public const string Bf16 = "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32";

    /// <param name="opcode">Which of the two.</param>
    /// <param name="operands">D, A, B and C.</param>
    /// <param name="lanes">The registers of the 32 lanes.</param>
    public static void Multiply(string opcode, PtxOperand[] operands, ulong[][] lanes)
    {
        int depth = opcode == Tf32 ? 8 : 16;
        double[,] a = new double[16, depth], b = new double[depth, 8], c = new double[16, 8];
        for (int lane = 0; lane < 32; lane++)
        {
            int group = lane >> 2, thread = lane % 4;
            ulong[] registers = lanes[lane];
            if (opcode == Tf32)
            {
                for (int i = 0; i < 4; i++)
                {
                    a[i is 0 or 2 ? group : group + 8, i is 0 or 1 ? thread : thread + 4] =
                        FromTf32(registers[operands[1].Elements[i]]);
                }
                for (int i = 0; i < 2; i++)
                    b[i == 0 ? thread : thread + 4, group] = FromTf32(registers[operands[2].Elements[i]]);
            }
            else
            {
                for (int i = 0; i < 8; i++)
                {
                    int column = (thread * 2) + (i & 1) + (i < 4 ? 0 : 8);
                    a[i is < 2 or (>= 4 and < 6) ? group : group + 8, column] =
                        FromBf16(registers[operands[1].Elements[i / 2]], i & 1);
                }
                for (int i = 0; i < 4; i++)
                {
                    int row = (thread * 2) + (i & 1) + (i < 2 ? 0 : 8);
                    b[row, group] = FromBf16(registers[operands[2].Elements[i / 2]], i & 1);
                }
            }
            for (int i = 0; i < 4; i++)
            {
                c[i < 2 ? group : group + 8, (thread * 2) + (i & 1)] =
                    PtxFunctions.Number(registers[operands[3].Elements[i]]);
            }
        }
        for (int lane = 0; lane < 32; lane++)
        {
            int group = lane >> 2, thread = lane % 4;
            for (int i = 0; i < 4; i++)
            {
                int row = i < 2 ? group : group + 8, column = (thread * 2) + (i & 1);
                double sum = c[row, column];
                for (int k = 0; k < depth; k++)
                    sum += a[row, k] * b[k, column];
                lanes[lane][operands[0].Elements[i]] = PtxFunctions.Bits((float)sum);
            }
        }
    }

    /// <summary>The multiplier reads 19 bits and leaves the others aside.</summary>
    private static double FromTf32(ulong bits) => PtxFunctions.Number(bits & ~0x1FFFul);

    private static double FromBf16(ulong bits, int half) => PtxFunctions.Number((bits >> (16 * half)) << 16);
}
